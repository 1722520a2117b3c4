"""An ideal E: embeddings computed from the known truth, as a ceiling for the MS that a learned E gives.

A scene's embedding joins four parts, one for each of kind, colour, setting and weather. A part has one dimension for each
value; the values that the scene shows share its length, the mean over all scenes is subtracted, and all parts vary equally.
So two scenes are alike by how much of these four they share, and random scenes have a mean cosine of about 0.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float

from precompute.atomic_files import write_tensors
from precompute.storybook.evaluate.scenes import ATTRIBUTES, family, truth_table
from precompute.storybook.sample import sample_scene

NAME = "ideal-from-truth"  # nobody should take it for a model
PARTS = ("kind", "colour", "setting", "weather")


def ideal_embeddings(truth_na: Bool[np.ndarray, "n a"]) -> Float[np.ndarray, "n e"]:
    """Return the embedding of each scene; float32.

    Args:
        truth_na: which of ATTRIBUTES each scene has.
    """
    return np.concatenate([_part(truth_na, name) for name in PARTS], axis=1).astype(np.float32)


def write_ideal(path: Path, seeds: Iterable[int]) -> Path:
    """Write the embeddings of the `photo` scenes of these seeds, as `--similarity-embeddings` takes them; returns `path`."""
    truth_na = truth_table(sample_scene(seed, "photo") for seed in seeds)
    write_tensors(path, {"embeddings": torch.from_numpy(ideal_embeddings(truth_na))})
    return path


def _part(truth_na: Bool[np.ndarray, "n a"], name: str) -> Float[np.ndarray, "n v"]:
    shown_nv = truth_na[:, [family(attribute) == name for attribute in ATTRIBUTES]].astype(float)
    shown_nv /= np.maximum(np.linalg.norm(shown_nv, axis=1, keepdims=True), 1)
    centred_nv = shown_nv - shown_nv.mean(0)
    return centred_nv / max(np.sqrt((centred_nv**2).sum(1).mean()), 1e-12)
