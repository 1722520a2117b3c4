"""The recipe of everything in assets/storybook: models, exams, scenes and atlases. `make storybook` runs it.

It resumes after a kill. The atlases are built by the same command as those of anybody's images.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import tyro

from explorer.atlas.manifest_file import read_manifest
from explorer.errors import UserError
from precompute import atlas
from precompute.stages import describe
from precompute.storybook.evaluate.ideal import NAME as IDEAL
from precompute.storybook.evaluate.ideal import write_ideal
from precompute.storybook.images import write_folder
from precompute.storybook.learn import contrast, joint
from precompute.storybook.learn.exam import examine
from precompute.storybook.vocabulary import nameable

SCORED = range(1_000_000, 1_012_000)  # seeds of the scenes that the atlases show
TRAINED = range(2_000_000, 2_024_000)  # seeds of the scenes that the SAEs learn from
STEERED = "storybook-patches"


class Plan(NamedTuple):
    """What one atlas is made of."""

    tap: str
    sae: Literal["matryoshka", "batchtopk", "none"]
    k: int = 6
    expansion: int = 8
    steps: int = 2500


ATLASES = {  # the first is the one that the explorer opens with
    "storybook": Plan("4:cls", "matryoshka", k=8),
    STEERED: Plan("3:patches", "matryoshka", k=3),  # what storybook-llava's projector reads: the one that steers
    "storybook-batchtopk": Plan("4:cls", "batchtopk"),
    "storybook-baseline": Plan("4:cls", "none"),
}


@dataclass(frozen=True)
class Storybook:
    """Build everything in assets/storybook.

    Example: python -m precompute.storybook
    """

    assets: Path = Path("assets/storybook")
    """Directory of the models and atlases."""
    work: Path = Path("work/storybook")
    """Directory of scenes, checkpoints and the stages' files."""
    steps: int = 8400
    """Training steps of storybook-clip and storybook-llava, if they do not exist yet."""
    contrast_steps: int = 1000
    """Training steps of storybook-contrast, likewise."""
    force: bool = False
    """Build the atlases again."""


def run(config: Storybook) -> None:
    """Train and examine the models, draw the scenes, build the atlases and name their neurons; what exists already is kept."""
    models = config.assets / "models"
    if not (models / "storybook-llava" / "model.safetensors").is_file():
        joint.run(joint.Joint(models, config.work, config.steps))
        print(f"held-out scenes: {json.dumps(examine(models)._asdict())}")
    if not (models / contrast.NAME / "model.safetensors").is_file():
        contrast.run(contrast.Config(models, config.work, config.contrast_steps))
    for name in ATLASES:
        build(config, name)


def build(config: Storybook, name: str) -> None:
    """Build one of ATLASES and name its neurons, from the models in `config.assets`; what exists already is kept."""
    models, plan, out = config.assets / "models", ATLASES[name], config.assets / "atlases" / name
    scored = write_folder(config.work / "scenes", SCORED, "photo")
    if config.force or not out.exists():
        atlas.run(
            atlas.Atlas(
                images=str(scored),
                labels=scored / "labels.csv",
                train_images=str(write_folder(config.work / "more-scenes", TRAINED, "photo")),
                encoder=str(models / "storybook-clip"),
                **plan._asdict(),
                similarity=(str(models / contrast.NAME), str(models / "storybook-clip")),
                similarity_embeddings=(write_ideal(config.work / f"{IDEAL}.safetensors", SCORED),),
                out=out,
                work=config.work / "stages",
                force=config.force,
            )
        )
    atlas.add_map(out)
    manifest = read_manifest(out)
    steer = name == STEERED and manifest.steering is None
    if steer or manifest.names is None or not manifest.names.calibrated:
        _describe(out, models, config.work, steer)


def _describe(out: Path, models: Path, work: Path, steer: bool) -> None:
    """Name the atlas's neurons by Storybook's own words and, if asked, by steering."""
    words = work / "words.txt"
    words.write_text("\n".join(nameable()) + "\n", encoding="utf-8")
    vlm = str(models / "storybook-llava") if steer else None
    describe.run(describe.Describe(out, vocabulary=str(words), vlm=vlm, work=work))


if __name__ == "__main__":
    try:
        run(tyro.cli(Storybook))
    except (UserError, OSError) as error:
        print(f"precompute.storybook: {error}", file=sys.stderr)
        sys.exit(2)
