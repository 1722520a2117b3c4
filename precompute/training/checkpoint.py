"""A training run's state in one safetensors file: SAE, Adam's moments, silence counts and the step."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from precompute.stages.train import Trainer

NAME = "checkpoint.safetensors"


def store(directory: Path, trainer: "Trainer", step: int) -> None:
    """Write the state before step `step`, whole or not at all."""
    tensors = {f"sae.{name}": tensor for name, tensor in trainer.sae.state_dict().items()}
    for number, moments in trainer.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{number}.{name}": tensor for name, tensor in moments.items()}
    tensors |= {"silent": trainer.silent, "step": torch.tensor(step)}
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, directory / f"{NAME}.partial")
    os.replace(directory / f"{NAME}.partial", directory / NAME)


def restore(directory: Path, trainer: "Trainer") -> int:
    """Bring a trainer to its last checkpoint; gives the next step, 0 where there is none."""
    if not (directory / NAME).is_file():
        return 0
    tensors = load_file(directory / NAME, device=str(trainer.silent.device))
    trainer.sae.load_state_dict({name[4:]: tensor for name, tensor in tensors.items() if name.startswith("sae.")})
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("adam."):
            _, number, moment = name.split(".")
            state.setdefault(int(number), {})[moment] = tensor
    trainer.optimizer.load_state_dict(trainer.optimizer.state_dict() | {"state": state})
    trainer.silent = tensors["silent"]
    return int(tensors["step"])
