"""Storybook's class tree, everything → group → kind, and the kinds in each of its images, known from the file's name."""

import re
from itertools import pairwise
from typing import cast

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from precompute.evaluate.hierarchy import Labels, LabelTree
from precompute.storybook.kinds import KINDS, ancestors
from precompute.storybook.sample import Split, sample_scene
from precompute.storybook.scene import Scene

ROOT = "everything"
_FILE = re.compile(r"(?:.*/)?(train|heldout|photo)-(\d{6,9})\.png")  # as precompute.storybook.images.write_folder names them


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


def shows_scenes(atlas: Atlas) -> bool:
    """Return whether all images of an atlas are Storybook's, by their names."""
    return len(atlas.images) > 0 and all(_FILE.fullmatch(atlas.images.about(image).key) for image in atlas.images)


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
