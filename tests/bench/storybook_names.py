"""Whether the names that the shipped atlases show are true of the images that their neurons fire on."""

from pathlib import Path
from typing import Any

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.operations.names import neuron_name
from precompute.storybook.colours import COLOURS
from precompute.storybook.evaluate.kind_tree import scene_of
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.scene import SETTINGS, SIZES, WEATHERS
from precompute.storybook.truth import attributes
from precompute.storybook.words import SINGULAR

RIGHT = 0.5  # share of the activation on a neuron's top images that must fall on images with what the name says
FAMILIES = {"kind": KINDS, "group": GROUP_NAMES, "colour": COLOURS, "setting": SETTINGS, "weather": WEATHERS, "size": SIZES}
ATTRIBUTES = {word: f"{family}:{word}" for family, words in FAMILIES.items() for word in words}


def names_right(atlases: Path) -> dict[str, Any]:
    """Return the share of right names, of those shown on neurons of 16 images and more, and how many name no attribute."""
    right: list[bool] = []
    unjudged = 0
    for name in ("storybook", "storybook-patches"):
        atlas = Atlas(atlases / name)
        for neuron in np.flatnonzero(atlas.fires_on() >= 16).tolist():
            shown = neuron_name(atlas, neuron)
            if shown.source not in ("steering", "images"):
                continue
            attribute = ATTRIBUTES.get(SINGULAR.get(shown.name, shown.name))
            if attribute is None:
                unjudged += 1
            else:
                right.append(_share(atlas, neuron, attribute) > RIGHT)
    return {"names_right": round(float(np.mean(right)), 3), "names_judged": len(right), "names_of_no_attribute": unjudged}


def _share(atlas: Atlas, neuron: int, attribute: str) -> float:
    """The share of the activation on a neuron's top images that falls on images with an attribute."""
    tops = atlas.top_images(neuron)
    scenes = [scene_of(atlas.images.about(top.image).key) for top in tops]
    weights = np.array([top.activation for top in tops])
    has = np.array([scene is not None and attribute in attributes(scene) for scene in scenes])
    return float((weights * has).sum() / weights.sum())
