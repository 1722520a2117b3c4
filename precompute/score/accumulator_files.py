"""Accumulators on disk: what one worker saw of the images, for another to add."""

import os
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from precompute.score.largest import LargestKeys


def save(accumulators: dict[str, Any], path: Path) -> None:
    """Write accumulators by name, whole or not at all."""
    tensors = {f"{name}.{key}": value for name, part in accumulators.items() for key, value in _state(part).items()}
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, path.with_suffix(".partial"))
    os.replace(path.with_suffix(".partial"), path)


def restore(accumulators: dict[str, Any], path: Path) -> None:
    """Put what was saved into new accumulators of the same names and sizes."""
    tensors = load_file(path)
    for name, part in accumulators.items():
        _restore(part, f"{name}.", tensors)


def _state(part: Any) -> dict[str, Tensor]:
    """The tensors and numbers of an accumulator, and of those that it is made of."""
    if isinstance(part, LargestKeys):
        part.settle()
    found: dict[str, Tensor] = {}
    for name, value in vars(part).items():
        if is_dataclass(value):
            found |= {f"{name}.{key}": tensor for key, tensor in _state(value).items()}
        elif isinstance(value, Tensor | int | float):
            found[name] = value if isinstance(value, Tensor) else torch.tensor(value, dtype=_exact(value))
    return found


def _restore(part: Any, prefix: str, tensors: dict[str, Tensor]) -> None:
    for name, value in vars(part).items():
        if is_dataclass(value):
            _restore(value, f"{prefix}{name}.", tensors)
        elif isinstance(value, Tensor):
            setattr(part, name, tensors[prefix + name])
        elif isinstance(value, int | float):
            setattr(part, name, tensors[prefix + name].item())


def _exact(value: float) -> torch.dtype:
    return torch.float64 if isinstance(value, float) else torch.int64
