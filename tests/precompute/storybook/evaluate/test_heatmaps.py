"""Heat-maps against masks, in pixels that can be counted by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.models.codes import Codes
from precompute.storybook.evaluate.heatmaps import ground, heatmap_iou
from precompute.storybook.evaluate.scenes import Scenes

COVERS = np.array(
    [
        [[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 2, 0], [0, 0, 2, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]],
    ],
    np.uint8,
)


def scenes_of(covers, things, starts):
    """Scenes with these covers; `things` are rows of attributes."""
    truth = np.zeros((len(covers), np.shape(things)[1]), bool)
    return Scenes(np.zeros((*covers.shape, 3), np.uint8), covers, truth, np.array(things, bool), np.array(starts))


@pytest.fixture
def small():
    """Two scenes of 4 × 4 pixels; attribute 0 is so of their first things, 1 of the second thing, 2 of none."""
    return scenes_of(COVERS, [[1, 0, 0], [0, 1, 0], [1, 0, 0]], [0, 2, 3])


def test_pixels_under_each_patch(small):
    under = ground(small, (2, 2), None)
    assert under.patches.tolist() == [4, 4, 4, 4]
    assert under.things.tolist() == [[4, 1, 0, 0], [0, 0, 0, 2], [0, 0, 2, 0]]


def test_a_grid_that_does_not_divide_the_picture(small):
    """Of 4 pixels, 3 rows of patches own 2, 1 and 1."""
    under = ground(small, (3, 1), None)
    assert under.patches.tolist() == [8, 4, 4]
    assert under.things.tolist() == [[5, 0, 0], [0, 1, 1], [0, 2, 0]]


def test_what_is_cropped_away_does_not_count(small):
    under = ground(small, (2, 2), 0.5)  # the middle 2 × 2 pixels
    assert under.patches.tolist() == [1, 1, 1, 1]
    assert under.things.tolist() == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_iou_by_hand(small):
    """Neuron 0 lights patches 0 and 3 of the first scene (0.4 is less than half of 1, and 0.5 is not more): 8 pixels, of which 4
    are of the thing's 5; the second scene is dark. Neuron 1 is held against what no thing has, 2 is silent, 3 against nothing.
    """
    tokens = torch.zeros(8, 4)
    tokens[[0, 1, 3, 6], 0] = torch.tensor([1.0, 0.4, 0.6, 0.5])
    tokens[0, [1, 3]] = 1.0
    iou, chance = heatmap_iou(Codes.from_dense(tokens), np.array([0, 2, 0, -1]), small, ground(small, (2, 2), None))
    assert iou[0] == pytest.approx(4 / 9)
    assert chance[0] == pytest.approx(5 / 16)
    assert np.isnan(iou[1:]).all()
    assert np.isnan(chance[1:]).all()


def test_a_map_on_the_things_alone_is_right(small):
    tokens = torch.zeros(8, 1)
    tokens[3, 0] = 2.0
    iou, _ = heatmap_iou(Codes.from_dense(tokens), np.array([1]), small, ground(small, (2, 2), None))
    assert iou[0] == 2 / 4  # the patch is 4 pixels, the thing 2


@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_it_equals_comparing_pixels(seed):
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 4, 3)
    covers = np.stack([rng.integers(0, n + 1, (6, 6)) for n in count]).astype(np.uint8)
    things = rng.random((count.sum(), 2)) < 0.5
    made = scenes_of(covers, things.reshape(-1, 2), np.cumsum([0, *count]))
    a = (rng.random((3, 3, 3, 2)) * (rng.random((3, 3, 3, 2)) < 0.5)).astype(np.float32)  # scene, row, column, neuron
    attribute = rng.integers(0, 2, 2)
    iou, chance = heatmap_iou(Codes.from_dense(torch.tensor(a.reshape(27, 2))), attribute, made, ground(made, (3, 3), None))
    for neuron in range(2):
        lit = np.kron(a[..., neuron] > 0.5 * a[..., neuron].max(), np.ones((1, 2, 2), bool))
        numbers = [np.flatnonzero(things[b - n : b, attribute[neuron]]) + 1 for b, n in zip(count.cumsum(), count, strict=True)]
        mask = np.stack([np.isin(cover, own) for cover, own in zip(covers, numbers, strict=True)])
        seen = lit.any((1, 2))
        if not things[:, attribute[neuron]].any() or not seen.any():
            assert np.isnan(iou[neuron])
        else:
            assert iou[neuron] == pytest.approx((lit & mask)[seen].sum() / (lit | mask)[seen].sum())
            assert chance[neuron] == pytest.approx(mask[seen].mean())
