"""Train storybook-clip and storybook-llava together, from random weights, on rendered scenes and texts about them.

python -m precompute.storybook.learn.joint --out assets/storybook/models
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro

from precompute.options import at_least
from precompute.storybook.images import rendered_file
from precompute.storybook.learn.lessons import lesson
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
    """Batches; 1.4 seconds each on two cores."""
    scenes: int = 100_000
    """Images, rendered once; their texts are new each time."""
    batch_size: int = 128
    """Images per step."""
    seed: int = 0
    """Seed of the initial weights, the order and the texts."""


def run(config: Joint) -> None:
    """Render, train and save; resumes after a kill.

    Raises:
        UserError: if an option is too small.
    """
    at_least(1, steps=config.steps, scenes=config.scenes, batch_size=config.batch_size)
    data = rendered_file(config.work / "pictures", range(config.scenes))
    torch.manual_seed(config.seed)
    model = JointModel()

    def losses(step: int) -> Losses:
        rows = np.random.default_rng((config.seed, step)).choice(
            config.scenes, min(config.batch_size, config.scenes), replace=False
        )
        rows.sort()  # the file is read forwards
        texts = lesson(rows.tolist(), step)
        return model(pixels(torch.from_numpy(data.images[rows])), torch.from_numpy(data.patches[rows]), texts)

    train(model, losses, config.steps, config.work / "joint.safetensors")
    model.models.save(config.out)


if __name__ == "__main__":
    run(tyro.cli(Joint))
