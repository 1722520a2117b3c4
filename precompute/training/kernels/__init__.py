"""The training step's own kernels on a CUDA GPU, written in Triton; elsewhere, and in their tests, PyTorch's do the same."""

from importlib.util import find_spec

import torch
from torch import Tensor

INSTALLED = find_spec("triton") is not None  # comes with PyTorch for CUDA


def usable_for(tensor: Tensor) -> bool:
    """Whether the kernels read this tensor; they add up in float32, so a float64 one is left to PyTorch."""
    return INSTALLED and tensor.is_cuda and tensor.dtype != torch.float64
