"""Shared images: the sample of co-reader, and the overlap of top images."""

from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from explorer.models.codes import Codes
from precompute.score import coactivation
from precompute.score.coactivation import CofiringAccumulator, top_set_jaccard
from precompute.score.largest import Ranked

sets_of_images = st.lists(st.sets(st.integers(0, 12), max_size=6), max_size=8)


def tops_of(sets: list[set[int]]) -> Ranked:
    rows = [(neuron, rank, image * 10**9) for neuron, images in enumerate(sets) for rank, image in enumerate(sorted(images))]
    columns = torch.tensor(rows, dtype=torch.int64).reshape(-1, 3).T
    return Ranked(*columns, torch.ones(len(rows)))


@given(sets_of_images, st.sampled_from([1, 5, 2**22]))
def test_overlap_equals_comparing_all_sets(sets, pairs_at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coactivation, "PAIRS_AT_ONCE", pairs_at_once)
        found = top_set_jaccard(tops_of(sets))
    living = [(neuron, images) for neuron, images in enumerate(sets) if images]
    jaccard = {(i, j): len(a & b) / len(a | b) for (i, a), (j, b) in combinations(living, 2)}
    assert found.pairs == len(jaccard)
    assert found.overlapping == sum(share > 0 for share in jaccard.values())
    alike = {pair: share for pair, share in jaccard.items() if share > 0.5}
    assert found.alike == len(alike)
    pairs = zip(found.first.tolist(), found.second.tolist(), strict=True)
    assert dict(zip(pairs, found.jaccard.tolist(), strict=True)) == pytest.approx(alike)


def test_overlap_by_hand():
    """{1 2 3} and {2 3 4} share 2 of 4, which is not more than half; with {1 2 3 4} each shares 3 of 4; {} is no neuron."""
    found = top_set_jaccard(tops_of([{1, 2, 3}, {2, 3, 4}, set(), {1, 2, 3, 4}, {9}]))
    assert (found.pairs, found.overlapping, found.alike) == (6, 3, 2)
    assert found.first.tolist() == [0, 1]
    assert found.second.tolist() == [3, 3]
    assert found.jaccard.tolist() == [0.75, 0.75]


@pytest.mark.parametrize("pairs_at_once", [1, 100, 2**22])
def test_cofiring_is_the_same_in_blocks_of_any_size(pairs_at_once, monkeypatch):
    a = torch.rand(40, 9, generator=torch.Generator().manual_seed(0)) - 0.6
    accumulator = CofiringAccumulator(9, k=8)
    accumulator.update(Codes.from_dense(a))
    expected = accumulator.result()
    monkeypatch.setattr(coactivation, "PAIRS_AT_ONCE", pairs_at_once)
    for found, told in zip(accumulator.result(), expected, strict=True):
        assert_close(found, told)


def test_the_sample_bounds_memory_does_not_depend_on_order_and_tells_the_truth():
    """Neurons 0 and 1 share half of their images, 2 and 3 none; the rest make every image's list another one."""
    generator = torch.Generator().manual_seed(0)
    a = (torch.rand(8000, 60, generator=generator) < 0.1).float()
    kind = torch.randint(0, 3, (8000,), generator=generator)
    a[:, 0], a[:, 1] = kind != 0, kind != 1
    a[:, 2], a[:, 3] = kind == 0, kind == 1
    results = []
    for order in (torch.arange(8000), torch.randperm(8000, generator=generator)):
        parts = [CofiringAccumulator(60, k=59, sample=1000) for _ in range(3)]
        for number, rows in enumerate(order.split(900)):
            parts[number % 3].update(Codes.from_dense(a[rows]))
        parts[0].merge(parts[1])
        parts[2].merge(parts[0])
        results.append(parts[2].result())
        assert parts[2]._lists_nk.shape == (1000, 32)
    for one, other in zip(*results, strict=True):
        assert_close(one, other)
    of_zero = dict(zip(results[0].neurons[: results[0].starts[1]].tolist(), results[0].share.tolist(), strict=False))
    assert of_zero[1] == pytest.approx(1 / 3, abs=0.06)  # ⅓ of the images on both, all on either
    assert of_zero[3] == pytest.approx(1 / 2, abs=0.06)
    assert 2 not in of_zero
