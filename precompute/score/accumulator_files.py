"""Accumulators on disk: the sums of one worker, for another to add."""

from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from explorer.errors import UserError
from precompute.atomic_files import write_tensors
from precompute.score.largest import LargestKeys


def save(accumulators: dict[str, Any], path: Path) -> None:
    """Write accumulators by name."""
    write_tensors(path, {name: tensor.clone() for name, tensor in _fields(accumulators).items()})


def restore(accumulators: dict[str, Any], path: Path) -> None:
    """Load what `save` wrote into new accumulators of the same names and sizes.

    Raises:
        UserError: if the file cannot be read, or a field is unknown, missing, or of another size or type; nothing is loaded then.
    """
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: cannot be read ({error}); delete it and run again") from error
    problem = _problem(_fields(accumulators), tensors)
    if problem:
        raise UserError(f"{path}: {problem}; another version or other settings wrote it: delete it and run again")
    for name, accumulator in accumulators.items():
        _load(accumulator, f"{name}.", tensors)


def _fields(accumulators: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors and numbers of all accumulators, by the name of the accumulator and of the field."""
    return {
        f"{name}.{field}": value for name, accumulator in accumulators.items() for field, value in _state(accumulator).items()
    }


def _problem(expected: dict[str, Tensor], tensors: dict[str, Tensor]) -> str:
    """The first difference between the fields of a file and those expected; "" if there is none."""
    if missing := expected.keys() - tensors.keys():
        return f"lacks the field {min(missing)}"
    if unknown := tensors.keys() - expected.keys():
        return f"has an unknown field {min(unknown)}"
    lengths: dict[str, int] = {}
    for name, tensor in tensors.items():
        new, owner = expected[name], name.rpartition(".")[0]
        grows = new.shape[:1] == (0,)  # a list of entries, empty in a new accumulator; all lists of one are equally long
        size = (lengths.setdefault(owner, len(tensor)), *new.shape[1:]) if grows and tensor.ndim else tuple(new.shape)
        if tuple(tensor.shape) != size or tensor.dtype != new.dtype:
            return f"field {name} is {tensor.dtype} {tuple(tensor.shape)}, expected {new.dtype} {size}"
    return ""


def _state(accumulator: Any) -> dict[str, Tensor]:
    """The tensors and numbers of an accumulator, and of the accumulators in it."""
    if isinstance(accumulator, LargestKeys):
        accumulator.settle()
    fields: dict[str, Tensor] = {}
    for name, value in vars(accumulator).items():
        if is_dataclass(value):
            fields |= {f"{name}.{key}": tensor for key, tensor in _state(value).items()}
        elif isinstance(value, Tensor | int | float):
            fields[name] = value if isinstance(value, Tensor) else torch.tensor(value, dtype=_exact(value))
    return fields


def _load(accumulator: Any, prefix: str, tensors: dict[str, Tensor]) -> None:
    for name, value in vars(accumulator).items():
        if is_dataclass(value):
            _load(value, f"{prefix}{name}.", tensors)
        elif isinstance(value, Tensor):
            setattr(accumulator, name, tensors[prefix + name])
        elif isinstance(value, int | float):
            setattr(accumulator, name, tensors[prefix + name].item())


def _exact(value: float) -> torch.dtype:
    return torch.float64 if isinstance(value, float) else torch.int64
