"""How well each neuron detects each attribute: average precision and F1, for all pairs of a neuron and an attribute.

Images are ranked by the neuron's activation. Images of equal activation make one step of the precision-recall curve, whose
precision is that after all of them, so that no order among them is assumed. The images on which the neuron does not fire are one
step too. With recall R and precision P after each step:

    average precision = Σ (R_i − R_{i−1}) P_i        F1 = max 2 P_i R_i / (P_i + R_i), over steps of positive activation
    match = (average precision − b) / (1 − b)       b = share of images that have the attribute

A neuron that is independent of an attribute has average precision b, which for `count:1` is above ½. Purity is 0 for such a
neuron, and 1 for a neuron that fires on all images with the attribute, more strongly than on any other.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from tqdm import tqdm

from explorer.models.codes import Codes


class Match(NamedTuple):
    """The match of every neuron with every attribute; 0 to 1."""

    average_precision: Float[np.ndarray, "s a"]
    f1: Float[np.ndarray, "s a"]
    match: Float[np.ndarray, "s a"]  # ≤ 1, 0 = chance
    base_rate: Float[np.ndarray, " a"]


def match(codes: Codes, truth_na: Bool[np.ndarray, "n a"]) -> Match:
    """Compare activations with the truth, neuron by neuron; only activations that are not 0 are visited.

    Args:
        codes: one row an image.
        truth_na: which attributes each image has; every attribute is true of some images, and false of some.
    """
    count_a = truth_na.sum(0)
    starts, images, values = by_neuron(codes)
    precision_sa = np.empty((codes.width, truth_na.shape[1]), np.float32)
    f1_sa = np.empty_like(precision_sa)
    for neuron in tqdm(range(codes.width), unit="neuron", desc="match", dynamic_ncols=True):
        own = slice(starts[neuron], starts[neuron + 1])
        precision_sa[neuron], f1_sa[neuron] = _one(values[own], truth_na[images[own]], count_a, len(truth_na))
    base_a = count_a / len(truth_na)
    return Match(precision_sa, f1_sa, ((precision_sa - base_a) / (1 - base_a)).astype(np.float32), base_a)


def by_neuron(codes: Codes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort the entries by neuron, the strongest first; returns where each neuron's start, (s + 1,), their rows and values."""
    neurons, rows, values = (tensor.cpu().numpy() for tensor in (codes.neurons, codes.rows, codes.values))
    order = np.lexsort((-values, neurons))
    return np.searchsorted(neurons[order], np.arange(codes.width + 1)), rows[order], values[order]


def _one(values_m: np.ndarray, truth_ma: np.ndarray, count_a: np.ndarray, images: int) -> tuple[np.ndarray, np.ndarray]:
    """Average precision and best F1 of one neuron, from its entries in falling order."""
    steps = np.flatnonzero(np.diff(values_m, prepend=np.inf))  # first entry of each run of equal values
    hits_ra = np.add.reduceat(truth_ma.astype(np.int64), steps) if len(steps) else np.empty((0, len(count_a)), np.int64)
    positive = int((values_m[steps] > 0).sum())
    silent = images - len(values_m)
    hits_ra = np.insert(hits_ra, positive, count_a - hits_ra.sum(0), axis=0)
    fired_r = np.insert(np.diff(steps, append=len(values_m)), positive, silent).cumsum()[:, None]
    true_ra = hits_ra.cumsum(0)
    precision_a = (hits_ra * (true_ra / np.maximum(fired_r, 1))).sum(0) / count_a
    f1_a = (2 * true_ra[:positive] / (fired_r[:positive] + count_a)).max(0, initial=0)
    return precision_a, f1_a
