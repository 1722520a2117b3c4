"""Top images, histograms, reconstruction and co-firing: each against the slow and obvious way, in any split and order."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.testing import assert_close

from explorer.atlas.tables import HISTOGRAM_BINS
from explorer.models.codes import Codes
from precompute.score.coactivation import CofiringAccumulator
from precompute.score.histogram import EDGES, HistogramAccumulator
from precompute.score.reconstruction import ReconstructionAccumulator
from precompute.score.top_images import TopImagesAccumulator

values = st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.5, 0.125, -1.0, 3.0])
matrices = hnp.arrays("float32", st.tuples(st.integers(1, 14), st.integers(1, 6)), elements=values).map(torch.from_numpy)


def accumulated(make, update, count, data):
    """Split `count` rows anywhere, accumulate each part apart, merge in any order."""
    cuts = sorted(data.draw(st.lists(st.integers(0, count), max_size=3)))
    parts = []
    for start, stop in zip([0, *cuts], [*cuts, count], strict=True):
        parts.append(make())
        middle = data.draw(st.integers(start, stop))
        update(parts[-1], slice(start, middle))
        update(parts[-1], slice(middle, stop))
    first, *rest = data.draw(st.permutations(parts))
    for part in rest:
        first.merge(part)
    return first.result()


@given(matrices, st.integers(1, 4), st.data())
def test_tops(a, k, data):
    images = torch.arange(len(a)) * 3 + 5
    tops = accumulated(
        lambda: TopImagesAccumulator(a.shape[1], k),
        lambda acc, rows: acc.update(Codes.from_dense(a[rows]), images[rows]),
        len(a),
        data,
    )
    expected = []
    for neuron in range(a.shape[1]):
        ranked = sorted(((-v, i) for v, i in zip(a[:, neuron].tolist(), images.tolist(), strict=True) if v > 0))[:k]
        expected += [(neuron, rank, image, -value) for rank, (value, image) in enumerate(ranked)]
    assert list(zip(*(column.tolist() for column in tops), strict=True)) == expected


@given(matrices, st.data())
def test_histograms(a, data):
    found = accumulated(
        lambda: HistogramAccumulator(a.shape[1]), lambda acc, rows: acc.update(Codes.from_dense(a[rows])), len(a), data
    )
    for neuron in range(a.shape[1]):
        positive = a[:, neuron][a[:, neuron] > 0]
        inside = [(int(((positive >= low) & (positive < high)).sum())) for low, high in pairwise(EDGES)]
        assert found.counts[neuron].tolist() == inside
        assert_close(found.density[neuron].item(), len(positive) / len(a))
        assert found.max[neuron] == (positive.max() if len(positive) else 0)
        assert_close(found.mean[neuron], positive.mean(), equal_nan=True)


def test_histogram_ends_take_what_lies_outside():
    accumulator = HistogramAccumulator(1)
    accumulator.update(Codes.from_dense(torch.tensor([[1e-9], [1e9], [1.0], [1.5]])))
    counts = accumulator.result().counts[0]
    assert (counts[0], counts[HISTOGRAM_BINS - 1], counts[32], counts[33]) == (1, 1, 1, 1)  # 1 and 1.5 are on both sides of √2


@given(matrices, st.data())
def test_reconstruction(a, data):
    generator = torch.Generator().manual_seed(len(a))
    v, approx = torch.randn(len(a), 4, generator=generator), torch.randn(len(a), 4, generator=generator)
    found = accumulated(
        lambda: ReconstructionAccumulator(4, a.shape[1]),
        lambda acc, rows: acc.update(v[rows], approx[rows], Codes.from_dense(a[rows])),
        len(a),
        data,
    )
    if len(a) > 1:
        assert_close(found.r2, float(1 - (v - approx).square().sum() / (v - v.mean(0)).square().sum()), atol=1e-4, rtol=1e-4)
    assert_close(found.l0, float((a != 0).sum()) / len(a))
    assert found.dead == int((a == 0).all(0).sum())


def test_reconstruction_by_hand():
    accumulator = ReconstructionAccumulator(1, 2)
    accumulator.update(
        torch.tensor([[0.0], [4.0]]), torch.tensor([[1.0], [3.0]]), Codes.from_dense(torch.tensor([[1.0, 0], [1, 0]]))
    )
    assert accumulator.result() == pytest.approx((1 - 2 / 8, 1.0, 1))


@given(matrices, st.integers(1, 3), st.integers(1, 4), st.data())
def test_cofiring(a, k, strongest, data):
    found = accumulated(
        lambda: CofiringAccumulator(a.shape[1], k, strongest),
        lambda acc, rows: acc.update(Codes.from_dense(a[rows])),
        len(a),
        data,
    )
    fires = Codes.from_dense(a).strongest(strongest).to_dense() > 0
    for neuron in range(a.shape[1]):
        shares = []
        for other in set(range(a.shape[1])) - {neuron}:
            both = int((fires[:, neuron] & fires[:, other]).sum())
            if both:
                shares.append((-both / int((fires[:, neuron] | fires[:, other]).sum()), other))
        expected = sorted(shares)[:k]
        mine = slice(*found.starts[neuron : neuron + 2].tolist())
        assert found.neurons[mine].tolist() == [other for _, other in expected]
        assert_close(found.share[mine], torch.tensor([-share for share, _ in expected]))
