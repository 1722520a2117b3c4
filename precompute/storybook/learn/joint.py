"""Train storybook-clip and storybook-llava together, from random weights, on rendered scenes and texts about them.

python -m precompute.storybook.learn.joint --out assets/storybook/models
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import tyro
from torch import Tensor
from torch.utils.data import Dataset

from precompute.options import at_least
from precompute.storybook.images import Rendered, rendered_file
from precompute.storybook.learn.lessons import Lesson, lesson
from precompute.storybook.learn.loop import train
from precompute.storybook.learn.losses import JointModel, Losses, pixels


@dataclass(frozen=True)
class Joint:
    """Train storybook-clip and storybook-llava.

    Example: python -m precompute.storybook.learn.joint --steps 8400
    """

    out: Path = Path("assets/storybook/models")
    """Directory to write the two models to."""
    work: Path = Path("work/storybook")
    """Directory of the rendered images and the checkpoint."""
    steps: int = 8400
    """Batches; 1.4 seconds each on two cores, a fifteenth of a second on an H200."""
    scenes: int = 100_000
    """Images, rendered once; their texts are new each time."""
    batch_size: int = 128
    """Images per step."""
    seed: int = 0
    """Seed of the initial weights, the order and the texts."""
    patch_labels: bool = True
    """Learn from the truth what each patch shows; without it, what neurons on patches are is the SAE's merit alone."""


class Batch(NamedTuple):
    """What one step learns from."""

    images_bhwc: Tensor  # uint8
    patches_bph: Tensor
    texts: Lesson


class Lessons(Dataset[Batch]):
    """The batches of all steps."""

    def __init__(self, config: Joint, data: Rendered) -> None:
        self.config, self.data = config, data

    def __getitem__(self, step: int) -> Batch:
        config = self.config
        rows = np.random.default_rng((config.seed, step)).choice(
            config.scenes, min(config.batch_size, config.scenes), replace=False
        )
        rows.sort()  # the file is read forwards
        images, patches = (torch.from_numpy(part[rows]) for part in self.data)
        return Batch(images, patches, lesson(rows.tolist(), step))


def run(config: Joint) -> None:
    """Render, train and save; resumes after a kill.

    Raises:
        UserError: if an option is too small.
    """
    at_least(1, steps=config.steps, scenes=config.scenes, batch_size=config.batch_size)
    data = rendered_file(config.work / "pictures", range(config.scenes))
    torch.manual_seed(config.seed)
    model = JointModel(config.patch_labels)

    def losses(batch: Batch) -> Losses:
        return model(pixels(batch.images_bhwc), batch.patches_bph, batch.texts)

    train(model, Lessons(config, data), losses, config.steps, config.work / "joint.safetensors")
    model.models.save(config.out)


if __name__ == "__main__":
    run(tyro.cli(Joint))
