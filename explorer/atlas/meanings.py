"""Meanings: the mean embedding of each neuron's images by a model with a text tower, which texts are compared with."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import WIDEST

LONGEST_HEAD = 2**16  # bytes of a file beside its numbers


class Meanings(NamedTuple):
    """Of every neuron, where its images lie among those of the atlas."""

    neurons: np.ndarray  # (neurons, width) float16; unit rows, zero where a neuron has no images
    centre: np.ndarray  # (width,) float16: the mean image, which was taken off before


def write_meanings(path: Path, neurons: Float[np.ndarray, "neurons width"], centre: Float[np.ndarray, " width"]) -> None:
    """Write the means of the centred embeddings, each brought to unit length, and the centre."""
    norms = np.linalg.norm(neurons, axis=1, keepdims=True)
    unit = np.divide(neurons, norms, out=np.zeros_like(neurons, np.float32), where=norms > 0)
    path.write_bytes(save({"meanings": unit.astype(np.float16), "centre": np.ascontiguousarray(centre, np.float16)}))


def read_meanings(path: Path, neurons: int, width: int) -> Meanings:
    """Read a file of meanings.

    Args:
        neurons: of the atlas.
        width: of the embeddings, as the manifest tells it.

    Raises:
        Unfit: if it is damaged, of another shape, or holds numbers that cannot be.
    """
    if not (1 <= width <= WIDEST and path.stat().st_size <= 2 * width * (neurons + 1) + LONGEST_HEAD):
        raise Unfit(f"has another size than {neurons} rows of {width} numbers")
    try:
        content = load_file(path)
    except SafetensorError as error:
        raise Unfit("is no readable safetensors file") from error
    shapes = {name: (values.shape, values.dtype) for name, values in content.items()}
    half = np.dtype(np.float16)
    if shapes != {"meanings": ((neurons, width), half), "centre": ((width,), half)}:
        raise Unfit(f"does not hold {neurons} meanings of width {width} and their centre")
    if not all(np.isfinite(values).all() for values in content.values()):
        raise Unfit("has NaN or infinite values")
    if (np.linalg.norm(content["meanings"].astype(np.float32), axis=1) > 1.01).any():
        raise Unfit("has rows longer than 1")
    return Meanings(content["meanings"], content["centre"])
