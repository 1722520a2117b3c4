"""Train storybook-contrast, the similarity encoder E of Storybook's atlases: a DINOv2 architecture trained on images alone.

    python -m precompute.storybook.learn.contrast --out assets/storybook/models

It is independent of storybook-clip: another seed, other images, no caption and no label. It learns which two images show *the
same things seen again* (`photographs.py`): the pose, place, size and weather differ, and often the setting, colour or count. The
loss makes the class tokens of two such images similar, and those of other images of the batch dissimilar (InfoNCE as in SimCLR,
arXiv 2002.05709), by their cosine, which MS uses too. So what the renderer lets vary decides what this encoder calls alike.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
import transformers as tf
import tyro
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from precompute.options import at_least
from precompute.storybook.images import PATCH, rendered_file
from precompute.storybook.learn.loop import train
from precompute.storybook.learn.losses import pixels
from precompute.storybook.learn.models import MEAN, STD
from precompute.storybook.scene import SIDE

NAME = "storybook-contrast"
SHAPE: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "mlp_ratio": 4,
    "patch_size": PATCH,
}
FIRST_SCENE = 3_000_000  # seeds that storybook-clip is not trained on
CROP = (0.5, 1.0)  # share of the image's area


class Contrast(NamedTuple):
    """The loss."""

    contrast: Tensor


@dataclass(frozen=True)
class Config:
    """Train storybook-contrast.

    Example: python -m precompute.storybook.learn.contrast --steps 1000
    """

    out: Path = Path("assets/storybook/models")
    """Directory to write the model to."""
    work: Path = Path("work/storybook")
    """Directory of the rendered images and the checkpoint."""
    steps: int = 1000
    """Batches; a second each on two idle cores."""
    scenes: int = 40_000
    """Pairs of images, rendered once."""
    batch_size: int = 256
    """Pairs per step."""
    temperature: float = 0.1
    """Divides the cosines: a low one separates the most similar images of a batch most."""
    seed: int = 1
    """Seed of the initial weights, the order and the crops."""


class Views(NamedTuple):
    """What one step learns from: two images of each thing, uint8, and what is cut from them."""

    first_bhwc: Tensor
    second_bhwc: Tensor
    first_crops_b23: Tensor
    second_crops_b23: Tensor


class Pairs(Dataset[Views]):
    """The batches of all steps."""

    def __init__(self, config: Config, views: list[NDArray[np.uint8]]) -> None:
        self.config, self.views = config, views

    def __getitem__(self, step: int) -> Views:
        config, rng = self.config, np.random.default_rng((self.config.seed, step))
        rows = rng.choice(config.scenes, min(config.batch_size, config.scenes), replace=False)
        rows.sort()  # the files are read forwards
        first, second = (torch.from_numpy(images[rows]) for images in self.views)
        return Views(first, second, random_crops(len(rows), CROP, rng), random_crops(len(rows), CROP, rng))


def run(config: Config) -> None:
    """Render, train and save; resumes after a kill.

    Raises:
        UserError: if an option is too small.
    """
    at_least(1, steps=config.steps, scenes=config.scenes, batch_size=config.batch_size)
    seeds = range(FIRST_SCENE, FIRST_SCENE + config.scenes)
    views = [rendered_file(config.work / "pictures", seeds, split).images for split in ("photo", "again")]
    torch.manual_seed(config.seed)
    model = tf.Dinov2Model(tf.Dinov2Config(**SHAPE, image_size=SIDE, drop_path_rate=0.0))
    model.set_attn_implementation("eager")  # see models.py

    def losses(batch: Views) -> Contrast:
        first_be, second_be = (
            model(cut(pixels(images_bhwc), crops_b23, SIDE)).pooler_output
            for images_bhwc, crops_b23 in zip(batch[:2], batch[2:], strict=True)
        )
        return Contrast(info_nce(first_be, second_be, config.temperature))

    train(model, Pairs(config, views), losses, config.steps, config.work / f"{NAME}.safetensors")
    save(model, config.out / NAME)


def random_crops(count: int, area: tuple[float, float], rng: np.random.Generator) -> Tensor:
    """Draw a square from each of so many images, half of them mirrored: (b, 2, 3), as `F.affine_grid` reads it.

    Args:
        area: range of the crop's share of the image's area.
    """
    half_b = np.sqrt(rng.uniform(*area, count))  # half the crop's side, where the image spans -1 to 1
    x_b, y_b = (rng.uniform(-1, 1, count) * (1 - half_b) for _ in range(2))
    turn_b = rng.choice((-1, 1), count)
    zero_b = np.zeros(count)
    theta_b23 = np.stack([np.stack([half_b * turn_b, zero_b, x_b], 1), np.stack([zero_b, half_b, y_b], 1)], 1)
    return torch.from_numpy(theta_b23).float()


def cut(pixels_bchw: Tensor, crops_b23: Tensor, side: int) -> Tensor:
    """Cut a square from each image and resize it to `side` pixels."""
    grid = F.affine_grid(crops_b23, [len(pixels_bchw), 3, side, side], align_corners=False)
    return F.grid_sample(pixels_bchw, grid, align_corners=False, padding_mode="reflection")


def info_nce(first_be: Tensor, second_be: Tensor, temperature: float) -> Tensor:
    """Return the mean cross-entropy of finding each image's other view among those of the batch, by cosine, both ways."""
    cosine_bb = F.normalize(first_be.float(), dim=1) @ F.normalize(second_be.float(), dim=1).T
    own_b = torch.arange(len(cosine_bb))
    return (F.cross_entropy(cosine_bb / temperature, own_b) + F.cross_entropy(cosine_bb.T / temperature, own_b)) / 2


def save(model: tf.Dinov2Model, directory: Path) -> None:
    """Write the model in the format of the Hub's DINOv2 models, with its image processor."""
    model.eval().save_pretrained(directory)
    size = {"height": SIDE, "width": SIDE}
    tf.BitImageProcessor(
        size={"shortest_edge": SIDE}, crop_size=size, image_mean=list(MEAN), image_std=list(STD), do_convert_rgb=True
    ).save_pretrained(directory)


if __name__ == "__main__":
    run(tyro.cli(Config))
