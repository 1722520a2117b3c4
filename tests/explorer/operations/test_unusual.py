"""The percentile of an activation, by hand and against the images themselves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.tables import HISTOGRAM_BINS
from explorer.operations.unusual import histograms, percentiles

ONE = 32  # the bin that begins at 2⁰


def percentile(bins: dict[int, int], most: float, activation: float) -> float:
    counts = np.zeros((1, HISTOGRAM_BINS), np.int64)
    counts[0, list(bins)] = list(bins.values())
    return float(percentiles(counts, np.array([most]), np.array([activation]))[0])


def test_by_hand():
    """Two images between 1 and √2, six between √2 and 2, two between 4 and the maximum, 5."""
    bins, most = {ONE: 2, ONE + 1: 6, ONE + 4: 2}, 5.0
    assert percentile(bins, most, 0.5) == 0
    assert percentile(bins, most, 1.0) == 0
    assert percentile(bins, most, 2**0.25) == pytest.approx(10)  # half of the first bin, on the logarithm's scale
    assert percentile(bins, most, 2**0.5) == pytest.approx(20)
    assert percentile(bins, most, 2**0.75) == pytest.approx(50)
    assert percentile(bins, most, 3.0) == pytest.approx(80)  # no image is between 2 and 4
    assert percentile(bins, most, 20**0.5) == pytest.approx(90)  # half way from 4 to 5, where the last bin ends
    assert percentile(bins, most, 5.0) == percentile(bins, most, 6.0) == 100


def test_a_neuron_that_never_fired_has_none():
    assert math.isnan(percentile({}, 0.0, 3.0))


def test_a_maximum_that_begins_its_bin():
    assert percentile({ONE: 4}, 1.0, 1.0) == 100
    assert percentile({ONE: 4}, 1.0, 0.99) == 0


@given(st.lists(st.floats(2**-15, 2**15), min_size=1, max_size=60), st.floats(2**-17, 2**17))
def test_it_is_right_to_the_images_of_one_bin(activations, asked):
    """The true share lies between those of the bin's two ends, and the percentile with it."""
    values = np.array(activations)
    edges = 2.0 ** (-16 + np.arange(HISTOGRAM_BINS + 1) / 2)
    counts, _ = np.histogram(values, edges)
    found = float(percentiles(counts[None], values.max()[None], np.array([asked]))[0])
    at = np.clip(np.searchsorted(edges, asked, "right") - 1, 0, HISTOGRAM_BINS - 1)
    low, high = 100 * (values < edges[at]).mean(), 100 * (values < edges[at + 1]).mean()
    assert low - 1e-6 <= found <= (100 if asked >= values.max() else high + 1e-6)
    assert found <= percentile_of_more(counts, values, asked) + 1e-6


def percentile_of_more(counts, values, asked):
    return float(percentiles(counts[None], values.max()[None], np.array([asked * 1.1]))[0])


def test_histograms_of_no_neurons(atlas):
    assert histograms(atlas, np.array([], np.int64)).shape == (0, HISTOGRAM_BINS)
    assert np.array_equal(histograms(atlas, np.array([3, 1]))[1], np.asarray(atlas.neurons["histogram"][1]))
