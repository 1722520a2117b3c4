"""The whole recipe of what ships in assets/storybook: the model, the scenes, the atlases. `make storybook` runs it.

Goes on where it was killed, except within the training of the model. Nothing in it is special: the atlases are built by the
same command that anybody's pictures go through.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from precompute import atlas
from precompute.storybook import clip
from precompute.storybook.pictures import write_folder

SCORED = range(1_000_000, 1_003_000)  # seeds of the scenes that the atlases show
TRAINED = range(2_000_000, 2_012_000)  # seeds of the scenes that the SAEs learn from
ATLASES: dict[
    str, tuple[str, Literal["matryoshka", "batchtopk", "none"]]
] = {  # name → tap and SAE; the first is the one that the explorer opens with
    "storybook": ("4:cls", "matryoshka"),
    "storybook-patches": ("3:patches", "matryoshka"),
    "storybook-batchtopk": ("4:cls", "batchtopk"),
    "storybook-baseline": ("4:cls", "none"),
}


@dataclass(frozen=True)
class Storybook:
    """Build everything in assets/storybook.

    Example: python -m precompute.storybook --minutes 25
    """

    assets: Path = Path("assets/storybook")
    """Where models and atlases go."""
    work: Path = Path("work/storybook")
    """Where scenes and the stages' files go."""
    minutes: float = 25
    """Of training the model, if it is not there yet."""
    force: bool = False
    """Build the atlases again."""


def run(ask: Storybook) -> None:
    """Train the model if it is missing, draw the scenes, build each atlas that is missing."""
    model = ask.assets / "models" / "storybook-clip"
    if not (model / "model.safetensors").is_file():
        clip.run(clip.Clip(model, minutes=ask.minutes))
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
                    encoder=str(model),
                    tap=tap,
                    sae=sae,
                    k=12,
                    steps=2000,
                    similarity=(str(model),),
                    out=out,
                    work=ask.work / "stages",
                    force=ask.force,
                )
            )


if __name__ == "__main__":
    run(tyro.cli(Storybook))
