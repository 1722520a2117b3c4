"""How unusual an activation is for its neuron: its percentile among the images of the atlas that the neuron fires on."""

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas
from explorer.atlas.tables import HISTOGRAM_BINS, HISTOGRAM_FIRST

NARROWEST = 1e-9  # of a bin, in bins: the last one ends at the neuron's maximum, which may be where it begins


def histograms(atlas: Atlas, neurons: Int[np.ndarray, " n"]) -> Int[np.ndarray, "n bins"]:
    """Images per half octave of activation, of some neurons."""
    if len(neurons) == 0:
        return np.zeros((0, HISTOGRAM_BINS), np.int64)
    return np.stack(atlas.neurons["histogram"].iloc[neurons].tolist()).astype(np.int64)


def percentiles(
    counts: Int[np.ndarray, "n bins"], most: Float[np.ndarray, " n"], activations: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Share of the images that a neuron fires on, in %, on which it fires less strongly than this.

    Within a bin, images are taken to lie evenly on the scale of the logarithm, up to the neuron's maximum in the last one.

    Args:
        counts: `histograms` of the neurons.
        most: their largest activations.
        activations: > 0; at or above `most` gives 100.

    Returns:
        0 to 100; NaN for a neuron that fires on no image.
    """
    place, end = (2 * (np.log2(np.maximum(value, 1e-30)) - HISTOGRAM_FIRST) for value in (activations, most))
    bins = np.clip(np.floor(place), 0, HISTOGRAM_BINS - 1).astype(np.int64)
    width = np.maximum(np.minimum(bins + 1, end) - bins, NARROWEST)
    inside = np.take_along_axis(counts, bins[:, None], 1)[:, 0]
    below = np.take_along_axis(counts.cumsum(1), bins[:, None], 1)[:, 0] - inside
    total = counts.sum(1)
    with np.errstate(invalid="ignore"):
        shares = 100 * (below + np.clip((place - bins) / width, 0, 1) * inside) / np.where(total > 0, total, np.nan)
    return np.where((activations >= most) & (total > 0), 100.0, shares)
