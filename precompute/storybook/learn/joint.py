"""Train storybook-clip and storybook-llava together, from nothing, on rendered scenes and what can be said of them.

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
from precompute.storybook.learn.losses import Losses, Student, pixels


@dataclass(frozen=True)
class Joint:
    """Train storybook-clip and storybook-llava.

    Example: python -m precompute.storybook.learn.joint --steps 8400
    """

    out: Path = Path("assets/storybook/models")
    """Where the two models are written."""
    work: Path = Path("work/storybook")
    """Where pictures and the checkpoint are kept."""
    steps: int = 8400
    """Batches; 1.4 seconds each on two cores."""
    scenes: int = 100_000
    """Pictures, rendered once; what is said about them is new each time."""
    batch_size: int = 128
    """Pictures per step."""
    seed: int = 0
    """Of the start, the order and the words."""


def run(ask: Joint) -> None:
    """Render, train, save; goes on where it was killed.

    Raises:
        UserError: if an option cannot be.
    """
    at_least(1, steps=ask.steps, scenes=ask.scenes, batch_size=ask.batch_size)
    data = rendered_file(ask.work / "pictures", range(ask.scenes))
    torch.manual_seed(ask.seed)
    student = Student()

    def losses(step: int) -> Losses:
        which = np.random.default_rng((ask.seed, step)).choice(ask.scenes, min(ask.batch_size, ask.scenes), replace=False)
        which.sort()  # the file is read forwards
        told = lesson(which.tolist(), step)
        return student(pixels(torch.from_numpy(data.images[which])), torch.from_numpy(data.patches[which]), told)

    train(student, losses, ask.steps, ask.work / "joint.safetensors")
    student.models.save(ask.out)


if __name__ == "__main__":
    run(tyro.cli(Joint))
