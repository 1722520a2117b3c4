"""A small world to steer in: pictures, a tiny random CLIP, an atlas of its patches by the command line, and a LLaVA around it.

The weights are random, so the words mean nothing; that they change with α is all that can be seen.
"""

from pathlib import Path
from typing import NamedTuple

from precompute.__main__ import main
from tests.explorer.models.tiny import save_tiny
from tests.explorer.models.tiny_llava import save_tiny_llava
from tests.precompute.making import draw_pictures


class Steerable(NamedTuple):
    """Where it lies."""

    atlases: Path  # holds `patches`, which can steer, and `classes`, which cannot
    llava: Path
    pictures: Path


def make_steerable(root: Path) -> Steerable:
    """Draw, train and build it; about ten seconds."""
    pictures, clip = draw_pictures(root / "pictures", each=60), save_tiny("clip", root / "clip")
    common = f"atlas --images {pictures} --encoder {clip} --similarity {clip} --steps 200 --k 4 --workers 0"
    for name, tap in (("patches", "1:patches"), ("classes", "1:cls")):
        if main([*common.split(), "--tap", tap, "--out", str(root / "atlases" / name)]) != 0:
            raise RuntimeError(f"the atlas {name} was not made")
    return Steerable(root / "atlases", save_tiny_llava(root / "llava", clip), pictures)
