"""Focus: whether what a neuron fires on is one thing. It asks what MS asks, by the known truth instead of an encoder E.

Let a_ik ≥ 0 be neuron k's activation on image i, lowered by its least one over all images, as MS normalises it (PAPER.md §2). For
an attribute that a share b of the images has:

    share = Σ a_ik [i has the attribute] / Σ a_ik        focus = (share − b) / (1 − b)

Focus is 1 for a neuron that fires on images with the attribute alone, however few of them, and 0 for one that is independent of
it. Average precision (`attribute_match.py`) also asks whether the neuron fires on all of them, which MS does not ask.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from explorer.models.codes import Codes
from precompute.storybook.evaluate.scenes import family

FOCUSED = 0.8  # focus from which a neuron counts as firing on one thing
CONTENT = ("setting", "weather", "group", "colour", "kind", "thing")  # families of which a neuron's focus is the largest
# Size, count and relation say how things stand, not what is shown: most photographs have one big thing, and so has any neuron's.


class Best(NamedTuple):
    """The attribute that each neuron is focused on; −1 and NaN for a neuron that never fires."""

    attribute: Int[np.ndarray, " s"]  # column of the truth
    focus: Float[np.ndarray, " s"]


def focus(codes: Codes, truth_na: Bool[np.ndarray, "n a"]) -> Float[np.ndarray, "s a"]:
    """Return the focus of every neuron on every attribute, at most 1; NaN for a neuron whose activation never varies.

    Args:
        codes: one row an image.
        truth_na: which attributes each image has; every attribute is false of some images.
    """
    images = len(truth_na)
    rows, neurons = codes.rows.cpu(), codes.neurons.cpu()
    a_sn = torch.sparse_coo_tensor(
        torch.stack([neurons, rows]), codes.values.double().cpu(), (codes.width, images), check_invariants=True
    )
    truth = torch.from_numpy(truth_na).double()
    least_s1 = torch.from_numpy(_least(codes, images))[:, None]
    count_a = truth.sum(0)
    with_sa = torch.sparse.mm(a_sn, truth) - least_s1 * count_a
    all_s1 = torch.sparse.mm(a_sn, torch.ones(images, 1).double()) - least_s1 * images
    base_a = count_a / images
    share_sa = torch.where(all_s1 > 0, with_sa / all_s1, torch.nan)
    return ((share_sa - base_a) / (1 - base_a)).numpy()


def best_of(focus_sa: Float[np.ndarray, "s a"], names: list[str], families: tuple[str, ...] = CONTENT) -> Best:
    """Return the attribute of these families with the largest focus, neuron by neuron; of equal ones the first.

    Args:
        names: of the attributes, such as `kind:boat`, one a column.
    """
    own = np.flatnonzero([family(name) in families for name in names])
    if len(own) == 0:
        return Best(np.full(len(focus_sa), -1), np.full(len(focus_sa), np.nan))
    inside = focus_sa[:, own]
    dead = np.isnan(inside).all(1)
    at = np.nan_to_num(inside, nan=-np.inf).argmax(1)
    return Best(np.where(dead, -1, own[at]), np.where(dead, np.nan, inside[np.arange(len(inside)), at]))


def _least(codes: Codes, images: int) -> Float[np.ndarray, " s"]:
    """The least activation of every neuron over all images; an image that is not listed counts as 0."""
    neurons, values = codes.neurons.cpu().numpy(), codes.values.double().cpu().numpy()
    fires_on = np.bincount(neurons, minlength=codes.width)
    least = np.where(fires_on < images, 0.0, np.inf)
    np.minimum.at(least, neurons, values)
    return least
