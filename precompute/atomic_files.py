"""Atomic writes: a file is written whole or not at all, so that a killed run leaves no half of one."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from explorer.errors import UserError


@contextmanager
def replacing(path: Path, ending: str = "partial") -> Iterator[Path]:
    """Yield `path` with another ending to write to; it replaces `path` if the block ends without an error."""
    partial = path.with_name(f"{path.name}.{ending}")
    yield partial
    os.replace(partial, path)


@contextmanager
def told_if_full(path: Path) -> Iterator[None]:
    """Say of safetensors' own error, which names no file, which one could not be written.

    Raises:
        UserError: if one could not: the disk is full, most likely.
    """
    try:
        yield
    except SafetensorError as error:
        raise UserError(f"{path}: cannot be written ({error}); make room there and run the same command again") from error


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON, indented."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name as safetensors; no two may share memory.

    Raises:
        UserError: if the disk is full.
    """
    with told_if_full(path), replacing(path) as partial:
        save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, partial)
