"""A training run's state in one safetensors file: SAE, Adam's moments, silence counts and the step."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from precompute.atomic_files import write_tensors
from precompute.training.trainer import Trainer

CHECKPOINT = "checkpoint.safetensors"


def store(directory: Path, trainer: Trainer, step: int) -> None:
    """Write the state before step `step`."""
    tensors = {f"sae.{name}": tensor for name, tensor in trainer.sae.state_dict().items()}
    for number, moments in trainer.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{number}.{name}": tensor for name, tensor in moments.items()}
    write_tensors(directory / CHECKPOINT, tensors | {"silent": trainer.silent, "step": torch.tensor(step)})


def restore(directory: Path, trainer: Trainer) -> int:
    """Load the last checkpoint into a trainer; returns the next step, 0 if there is no checkpoint."""
    if not (directory / CHECKPOINT).is_file():
        return 0
    tensors = load_file(directory / CHECKPOINT, device=str(trainer.silent.device))
    trainer.sae.load_state_dict({name[4:]: tensor for name, tensor in tensors.items() if name.startswith("sae.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, number, moment = name.split(".")
            state.setdefault(int(number), {})[moment] = tensor
    trainer.optimizer.load_state_dict(trainer.optimizer.state_dict() | {"state": state})
    trainer.silent = tensors["silent"]
    return int(tensors["step"])
