"""Storybook's class tree, everything → group → kind, and the kinds in each of its images, known from the file's name."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import cast

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.errors import UserError
from precompute.evaluate.hierarchy import Labels, LabelTree
from precompute.storybook.draw.render import render
from precompute.storybook.kinds import KINDS, ancestors
from precompute.storybook.sample import Split, sample_scene
from precompute.storybook.scene import Scene

ROOT = "everything"
_FILE = re.compile(r"(?:.*/)?(train|heldout|photo)-(\d{6,9})\.png")  # as precompute.storybook.images.write_folder names them
LOOKED_AT = 3  # images that are drawn again, to see whether an atlas shows what their names say
ALIKE = (
    10  # of 255, mean difference of a pixel: a scene's own thumbnail has 2 to 5, for WebP loses some; another scene's 17 to 140
)


def kind_tree() -> LabelTree:
    """Return the class tree of kinds; depths 0 (root) to 2."""
    parents = {ROOT: ""}
    for kind in KINDS:
        parents |= dict(pairwise(ancestors(kind)))
    return LabelTree(parents, "--tree storybook")


def scene_of(key: str) -> Scene | None:
    """Return the scene of an image file, by its name; None if it is not one of Storybook's."""
    match = _FILE.fullmatch(key)
    return sample_scene(int(match[2]), cast(Split, match[1])) if match else None


@lru_cache(maxsize=4)
def shows_scenes(atlas: Atlas) -> bool:
    """Return whether all images of an atlas are Storybook's: by their names, and by some drawn again, for names may be alike.

    Raises:
        UserError: if a thumbnail cannot be read.
    """
    named = len(atlas.images) > 0 and all(_FILE.fullmatch(atlas.images.about(image).key) for image in atlas.images)
    return named and all(_shows_its_scene(atlas, image) for image in atlas.images.sample(LOOKED_AT))


def _shows_its_scene(atlas: Atlas, image: str) -> bool:
    """Whether a stored image is what is drawn of the scene that its name tells."""
    scene, stored = scene_of(atlas.images.about(image).key), atlas.images.thumbnail(image)
    if scene is None or stored is None:
        return False
    shown, drawn = np.asarray(decode_picture(stored), np.float32), render(scene).image
    return shown.shape == drawn.shape and float(np.abs(shown - drawn).mean()) < ALIKE


def kinds_shown(atlas: Atlas) -> Labels:
    """Return the kinds of things in each image; the root alone for a scene without things.

    Raises:
        UserError: if an image is not one of Storybook's.
    """
    kinds = {}
    for image in atlas.images:
        scene = scene_of(atlas.images.about(image).key)
        if scene is None:
            raise UserError(
                f"--tree storybook: {atlas.name} has images that are not Storybook's, such as {atlas.images.about(image).key}; "
                "give a CSV file with the tree of their labels"
            )
        kinds[image] = frozenset(thing.kind for thing in scene.things) or frozenset({ROOT})
    return kinds
