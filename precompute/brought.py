"""Vectors that were brought as a safetensors file: one matrix, row i for image i."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from torch import Tensor

from explorer.errors import UserError

NAMED = 5  # tensors that an error lists


def read_brought(path: Path, axes: str = "images × width") -> Float[Tensor, "n d"]:
    """Read the one matrix of a file.

    Args:
        axes: of the matrix, for the error.

    Raises:
        UserError: if it cannot be read, or holds no matrix or several.
    """
    try:
        with safe_open(path, "pt") as file:
            names = list(file.keys())
            shapes = {name: file.get_slice(name).get_shape() for name in names}
            matrices = [name for name, shape in shapes.items() if len(shape) == 2]
            if len(matrices) != 1:
                raise UserError(f"{path}: needs exactly one matrix ({axes}), {_found(shapes)}")
            return file.get_tensor(matrices[0])
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path}: not a readable safetensors file ({error}); save the activations with safetensors") from error


def _found(shapes: Mapping[str, Sequence[int]]) -> str:
    """What a file has in place of one matrix, and what to do about it."""
    found = ", ".join(f"{name} ({' × '.join(map(str, shape))})" for name, shape in list(shapes.items())[:NAMED]) or "nothing"
    if [len(shape) for shape in shapes.values()] == [3]:
        return f"found {found}: take one vector an image, the class token or a mean over the tokens, and save that matrix"
    return f"found {found}: save it alone"
