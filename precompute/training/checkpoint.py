"""A training run's state in one safetensors file: weights, Adam's moments, silence counts, the step and the number of threads."""

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file

from precompute.atomic_files import write_tensors
from precompute.training.trainer import Trainer

CHECKPOINT = "checkpoint.safetensors"


class Resumed(NamedTuple):
    """Where a run goes on."""

    step: int  # the next one; 0 without a checkpoint
    threads: int | None  # that it computed with; None without a checkpoint, or where it does not tell


def store(directory: Path, trainer: Trainer, step: int) -> None:
    """Write the state before step `step`."""
    tensors = {f"weights.{name}": tensor for name, tensor in trainer.weights._asdict().items()}
    for number, moments in trainer.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{number}.{name}": tensor for name, tensor in moments.items()}
    numbers = {"step": torch.tensor(step), "threads": torch.tensor(torch.get_num_threads())}
    write_tensors(directory / CHECKPOINT, tensors | numbers | {"silent": trainer.silent, "threshold": trainer.threshold})


def restore(directory: Path, trainer: Trainer) -> Resumed:
    """Load the last checkpoint into a trainer, if there is one."""
    if not (directory / CHECKPOINT).is_file():
        return Resumed(0, None)
    tensors = load_file(directory / CHECKPOINT, device=str(trainer.silent.device))
    for name, weight in trainer.weights._asdict().items():
        weight.copy_(tensors[f"weights.{name}"])
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, number, moment = name.split(".")
            state.setdefault(int(number), {})[moment] = tensor
    trainer.optimizer.load_state_dict(trainer.optimizer.state_dict() | {"state": state})
    trainer.silent, trainer.threshold = tensors["silent"], tensors["threshold"]
    return Resumed(int(tensors["step"]), int(tensors["threads"]) if "threads" in tensors else None)
