"""Heat-maps against masks: intersection over union of a neuron's patches with the things that have its attribute.

A neuron lights the patches whose activation is above HALF of its largest on any scene; a patch covers its square of pixels. The
sums are over all scenes with a lit patch, M are the pixels of the things that have its attribute (as Network Dissection, Bau et
al. 2017):

    IoU = Σ |lit ∩ M| / Σ |lit ∪ M|         chance = Σ |M| / Σ |image|, the IoU of a map that lights everything

Scenes where the neuron lights nothing do not count; average precision measures those. Network Dissection's threshold, a quantile
over all patches, would be 0 for a neuron that fires on fewer patches than that.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from explorer.models.codes import Codes
from precompute.storybook.evaluate.attribute_match import by_neuron
from precompute.storybook.evaluate.scenes import Scenes

HALF = 0.5


class Ground(NamedTuple):
    """Pixels under each patch, in the part of the image that the encoder sees."""

    patches: Int[np.ndarray, " p"]  # pixels of each patch
    things: Int[np.ndarray, "u p"]  # of each thing of `Scenes.things`, visible in each patch


def ground(scenes: Scenes, grid: tuple[int, int], crop: float | None) -> Ground:
    """Count pixels patch by patch; a pixel cut by an edge belongs to the patch that holds its first corner.

    Args:
        grid: rows and columns of patches.
        crop: side of the centred square that the encoder sees, as a share of the image's; None: the whole.
    """
    side = scenes.covers.shape[1]
    seen = round(side * (crop or 1))
    inside = slice((side - seen) // 2, (side - seen) // 2 + seen)
    row, column = (np.arange(seen) * parts // seen for parts in grid)
    patch_of = row[:, None] * grid[1] + column
    patches = np.bincount(patch_of.ravel(), minlength=grid[0] * grid[1])
    things = np.zeros((len(scenes.things), len(patches)), np.int64)
    for scene, (start, stop) in enumerate(pairwise(scenes.starts)):
        keys = scenes.covers[scene, inside, inside].astype(np.int64) * len(patches) + patch_of
        counts = np.bincount(keys.ravel(), minlength=(stop - start + 1) * len(patches))
        things[start:stop] = counts.reshape(-1, len(patches))[1:]
    return Ground(patches, things)


def heatmap_iou(
    tokens: Codes, attribute_s: Int[np.ndarray, " s"], scenes: Scenes, under: Ground
) -> tuple[Float[np.ndarray, " s"], Float[np.ndarray, " s"]]:
    """Return IoU and chance of every neuron; NaN where it lights nothing, or no thing has its attribute.

    Args:
        tokens: one row a patch, scene by scene.
        attribute_s: number of the attribute that each neuron is compared with; −1 = none.
    """
    starts, rows, values = by_neuron(tokens)
    scene_of_thing = np.repeat(np.arange(len(scenes.images)), np.diff(scenes.starts))
    iou_2s = np.full((2, tokens.width), np.nan)
    for attribute in np.unique(attribute_s[attribute_s >= 0]):
        having = scenes.things[:, attribute]
        mask_np = np.zeros((len(scenes.images), len(under.patches)), np.int64)
        np.add.at(mask_np, scene_of_thing[having], under.things[having])
        for neuron in np.flatnonzero(attribute_s == attribute) if having.any() else ():
            own = slice(starts[neuron], starts[neuron + 1])
            lit = rows[own][values[own] > HALF * values[own].max(initial=0)]
            iou_2s[:, neuron] = _iou(lit // len(under.patches), lit % len(under.patches), mask_np, under.patches)
    return iou_2s[0], iou_2s[1]


def _iou(scene: np.ndarray, patch: np.ndarray, mask_np: np.ndarray, patches: np.ndarray) -> tuple[float, float]:
    if len(scene) == 0:
        return np.nan, np.nan
    lit = np.unique(scene)
    both, masks = mask_np[scene, patch].sum(), mask_np[lit].sum()
    return both / (patches[patch].sum() + masks - both), masks / (len(lit) * patches.sum())
