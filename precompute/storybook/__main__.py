"""The whole recipe of what ships in assets/storybook: the models, their exams, the scenes, the atlases. `make storybook` runs it.

Goes on where it was killed. Nothing in it is special: the atlases are built by the command that anybody's pictures go through.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from explorer.errors import UserError
from precompute import atlas
from precompute.storybook.learn import dino, joint
from precompute.storybook.learn.exam import examine
from precompute.storybook.pictures import write_folder

SCORED = range(1_000_000, 1_003_000)  # seeds of the scenes that the atlases show
TRAINED = range(2_000_000, 2_012_000)  # seeds of the scenes that the SAEs learn from
ATLASES: dict[
    str, tuple[str, Literal["matryoshka", "batchtopk", "none"]]
] = {  # name → tap and SAE; the first is the one that the explorer opens with
    "storybook": ("4:cls", "matryoshka"),
    "storybook-patches": ("3:patches", "matryoshka"),  # what storybook-llava's projector reads: the one that steers
    "storybook-batchtopk": ("4:cls", "batchtopk"),
    "storybook-baseline": ("4:cls", "none"),
}


@dataclass(frozen=True)
class Storybook:
    """Build everything in assets/storybook.

    Example: python -m precompute.storybook
    """

    assets: Path = Path("assets/storybook")
    """Where models and atlases go."""
    work: Path = Path("work/storybook")
    """Where scenes, checkpoints and the stages' files go."""
    steps: int = 2700
    """Of training storybook-clip and storybook-llava, if they are not there yet."""
    dino_steps: int = 1500
    """Of training storybook-dino, likewise."""
    force: bool = False
    """Build the atlases again."""


def run(ask: Storybook) -> None:
    """Train the models that are missing and examine them, draw the scenes, build each atlas that is missing."""
    models = ask.assets / "models"
    if not (models / "storybook-llava" / "model.safetensors").is_file():
        joint.run(joint.Joint(models, ask.work, ask.steps))
        print(f"held-out scenes: {json.dumps(examine(models)._asdict())}")
    if not (models / "storybook-dino" / "model.safetensors").is_file():
        dino.run(dino.Dino(models, ask.work, ask.dino_steps))
    scored = write_folder(ask.work / "scenes", SCORED, "train")
    trained = write_folder(ask.work / "more-scenes", TRAINED, "train")
    for name, (tap, sae) in ATLASES.items():
        out = ask.assets / "atlases" / name
        if ask.force or not out.exists():
            atlas.run(
                atlas.Atlas(
                    images=str(scored),
                    labels=scored / "labels.csv",
                    train_images=str(trained),
                    encoder=str(models / "storybook-clip"),
                    tap=tap,
                    sae=sae,
                    k=12,
                    steps=2000,
                    similarity=(str(models / "storybook-dino"), str(models / "storybook-clip")),
                    out=out,
                    work=ask.work / "stages",
                    force=ask.force,
                )
            )


if __name__ == "__main__":
    try:
        run(tyro.cli(Storybook))
    except (UserError, OSError) as error:
        print(f"precompute.storybook: {error}", file=sys.stderr)
        sys.exit(2)
