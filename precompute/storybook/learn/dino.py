"""Train storybook-dino: a small DINOv2 trained on images alone, the similarity encoder E of storybook-clip's atlases.

    python -m precompute.storybook.learn.dino --out assets/storybook/models

Self-supervised, and independent of storybook-clip: another seed, other images, no caption and no label. Two large and two small
crops are cut from each image (DINO's multi-crop, arXiv 2104.14294). The loss makes crops of one image similar and crops of
different images dissimilar (SimCLR, arXiv 2002.05709), by the cosine of the class token, which is also what MS uses.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
import transformers as tf
import tyro
from torch import Tensor

from precompute.options import at_least
from precompute.storybook.images import PATCH, rendered_file
from precompute.storybook.learn.loop import train
from precompute.storybook.learn.losses import pixels
from precompute.storybook.learn.models import MEAN, STD
from precompute.storybook.scene import SIDE

SHAPE: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "mlp_ratio": 4,
    "patch_size": PATCH,
}
FIRST_SCENE = 3_000_000  # seeds that storybook-clip is not trained on
CROPS = (
    (SIDE, (0.4, 1.0)),
    (SIDE, (0.4, 1.0)),
    (SIDE // 2, (0.12, 0.4)),
    (SIDE // 2, (0.12, 0.4)),
)  # side in pixels; share of the area
TEMPERATURE = 0.15


class Contrast(NamedTuple):
    """The loss."""

    contrast: Tensor


@dataclass(frozen=True)
class Dino:
    """Train storybook-dino.

    Example: python -m precompute.storybook.learn.dino --steps 1000
    """

    out: Path = Path("assets/storybook/models")
    """Directory to write the model to."""
    work: Path = Path("work/storybook")
    """Directory of the rendered images and the checkpoint."""
    steps: int = 1000
    """Batches."""
    scenes: int = 40_000
    """Images, rendered once."""
    batch_size: int = 192
    """Images per step."""
    seed: int = 1
    """Seed of the initial weights, the order and the crops."""


def run(config: Dino) -> None:
    """Render, train and save; resumes after a kill.

    Raises:
        UserError: if an option is too small.
    """
    at_least(1, steps=config.steps, scenes=config.scenes, batch_size=config.batch_size)
    images = rendered_file(config.work / "pictures", range(FIRST_SCENE, FIRST_SCENE + config.scenes)).images
    torch.manual_seed(config.seed)
    model = tf.Dinov2Model(tf.Dinov2Config(**SHAPE, image_size=SIDE, drop_path_rate=0.0))
    model.set_attn_implementation("eager")  # see models.py

    def losses(step: int) -> Contrast:
        rng = np.random.default_rng((config.seed, step))
        rows = rng.choice(config.scenes, min(config.batch_size, config.scenes), replace=False)
        rows.sort()  # the file is read forwards
        pixels_bchw = pixels(torch.from_numpy(images[rows]))
        return Contrast(alike([model(crop(pixels_bchw, side, area, rng)).pooler_output for side, area in CROPS]))

    train(model, losses, config.steps, config.work / "dino.safetensors")
    save(model, config.out / "storybook-dino")


def crop(pixels_bchw: Tensor, side: int, area: tuple[float, float], rng: np.random.Generator) -> Tensor:
    """Crop a random square from each image, mirror half of them, and resize to `side` pixels.

    Args:
        area: range of the crop's share of the image's area.
    """
    count = len(pixels_bchw)
    half_b = np.sqrt(rng.uniform(*area, count))  # half the crop's side, where the image spans -1 to 1
    x_b, y_b = (rng.uniform(-1, 1, count) * (1 - half_b) for _ in range(2))
    turn_b = rng.choice((-1, 1), count)
    zero_b = np.zeros(count)
    theta_b23 = np.stack([np.stack([half_b * turn_b, zero_b, x_b], 1), np.stack([zero_b, half_b, y_b], 1)], 1)
    grid = F.affine_grid(torch.from_numpy(theta_b23).float(), [count, 3, side, side], align_corners=False)
    return F.grid_sample(pixels_bchw, grid, align_corners=False, padding_mode="reflection")


def alike(crops_be: list[Tensor]) -> Tensor:
    """Return the mean cross-entropy of finding each crop's image among the large crops of the batch, by cosine."""
    unit = [F.normalize(crop_be.float(), dim=1) for crop_be in crops_be]
    own_b = torch.arange(len(unit[0]))
    pairs = [(i, j) for j in (0, 1) for i in range(len(unit)) if i != j]
    return sum((F.cross_entropy(unit[i] @ unit[j].T / TEMPERATURE, own_b) for i, j in pairs), torch.zeros(())) / len(pairs)


def save(model: tf.Dinov2Model, directory: Path) -> None:
    """Write the model in the format of the Hub's DINOv2 models, with its image processor."""
    model.eval().save_pretrained(directory)
    size = {"height": SIDE, "width": SIDE}
    tf.BitImageProcessor(
        size={"shortest_edge": SIDE}, crop_size=size, image_mean=list(MEAN), image_std=list(STD), do_convert_rgb=True
    ).save_pretrained(directory)


if __name__ == "__main__":
    run(tyro.cli(Dino))
