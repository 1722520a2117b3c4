"""Small inputs for the stages: activations on disk, folders of drawn pictures."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from precompute.activations import fingerprint, used_images, write_shard
from precompute.stage_record import begin, finish

BUILT_IN = Path(__file__).resolve().parents[2] / "assets" / "storybook" / "atlases"


def save_activations(directory: Path, vectors_ntd: Tensor, shard: int = 40, labels: list[str] | None = None) -> Path:
    """Write a finished extraction of these vectors, as `extract` would have; gives the directory."""
    count, tokens, width = vectors_ntd.shape
    begin(directory, "extract", {"images": "made"})
    for number, start in enumerate(range(0, count, shard)):
        index = range(start, min(count, start + shard))
        rows = [(i, f"{i:04d}.png", f"{i:032x}", labels[i] if labels else "", "") for i in index]
        table = pd.DataFrame(rows, columns=["index", "key", "hash", "label", "reason"])
        write_shard(directory, number, vectors_ntd[start : start + shard].float(), table)
    encoder = {"name": "made", "source": "made", "library": "none", "weights": "0"}
    about = {"tokens": tokens, "width": width, "grid": None, "crop": None, "tap": "0:cls", "encoder": encoder, "name": "made"}
    finish(directory, about | {"images": count, "fingerprint": fingerprint(used_images(directory)), "skipped": []})
    return directory


def sparse_mixtures(count: int, width: int = 16, parts: int = 24, active: int = 2, seed: int = 100) -> tuple[Tensor, Tensor]:
    """Vectors that are sums of a few of `parts` fixed unit directions; gives (vectors, directions).

    The seed is not that of a training run, whose initial weights are drawn first, as the directions are: they would be equal.
    """
    generator = torch.Generator().manual_seed(seed)
    directions = torch.nn.functional.normalize(torch.randn(parts, width, generator=generator), dim=1)
    which = torch.stack([torch.randperm(parts, generator=generator)[:active] for _ in range(count)])
    strength = 0.5 + torch.rand(count, active, generator=generator)
    return torch.einsum("na,nad->nd", strength, directions[which]), directions


def draw_pictures(root: Path, classes: int = 3, each: int = 12, size: int = 32) -> Path:
    """A folder of pictures in class folders, each class a colour and a stripe direction of its own, with noise."""
    noise = np.random.default_rng(0)
    for kind in range(classes):
        (root / f"class{kind}").mkdir(parents=True, exist_ok=True)
        for number in range(each):
            pixels = noise.integers(0, 60, (size, size + 8 * (number % 2), 3))
            pixels[..., kind % 3] += 150
            pixels[:: kind + 2] //= 2
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(root / f"class{kind}" / f"{number:02d}.png")
    return root
