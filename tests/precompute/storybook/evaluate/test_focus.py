"""Focus by hand: a conjunction, half the world, a dead neuron, activations of either sign."""

import numpy as np
import pytest
import torch

from explorer.models.codes import Codes
from precompute.storybook.evaluate.focus import best_of, focus

NAMES = ["colour:black", "kind:star", "thing:black star", "size:big"]
#                    black  star  black star  big
TRUTH = np.array(
    [[1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], bool
)  # bases 1/2, 3/8, 1/4, 5/8


def of(activations):
    return focus(Codes.from_dense(torch.tensor(activations).T.float()), TRUTH)


def test_a_neuron_for_a_conjunction_is_focused_though_it_misses_most_stars():
    found = of([[3.0, 0, 0, 0, 0, 0, 0, 0]])
    assert found[0] == pytest.approx([1, 1, 1, 1])  # its one image has all four
    assert best_of(found, NAMES).focus == pytest.approx([1.0])
    assert best_of(found, NAMES, ("kind",)) == (np.array([1]), np.array([1.0]))


def test_the_share_is_weighted_by_activation():
    """3 of 4 on black stars, 1 of 4 on a black thing that is none: shares 1, 3/4, 3/4, 1."""
    found = of([[1.0, 2, 0, 1, 0, 0, 0, 0]])
    assert found[0] == pytest.approx([1, (3 / 4 - 3 / 8) / (5 / 8), (3 / 4 - 1 / 4) / (3 / 4), 1])
    assert NAMES[best_of(found, NAMES).attribute[0]] == "colour:black"


def test_a_neuron_for_half_the_world_is_not_focused():
    """It fires alike on images 1, 3, 5 and 7: shares 2/4, 1/4, 1/4, 1/2."""
    found = of([[0.0, 1, 0, 1, 0, 1, 0, 1]])
    assert found[0] == pytest.approx([(3 / 4 - 1 / 2) / (1 / 2), (1 / 4 - 3 / 8) / (5 / 8), 0, (1 / 2 - 5 / 8) / (3 / 8)])
    assert best_of(found, NAMES).focus[0] == pytest.approx(0.5)


def test_a_neuron_that_fires_alike_everywhere_or_nowhere_has_none():
    found = of([[0.0] * 8, [2.0] * 8])
    assert np.isnan(found).all()
    assert best_of(found, NAMES).attribute.tolist() == [-1, -1]


def test_original_dimensions_are_lowered_to_their_least_activation_as_ms_does_it():
    a = np.random.default_rng(0).normal(size=(3, 8))
    lowered = a - a.min(1, keepdims=True)
    assert of(a.tolist()) == pytest.approx(of(lowered.tolist()), abs=1e-5)
    shares = lowered @ TRUTH / lowered.sum(1, keepdims=True)
    assert of(a.tolist()) == pytest.approx((shares - TRUTH.mean(0)) / (1 - TRUTH.mean(0)), abs=1e-5)


def test_size_is_not_what_a_neuron_is_about_and_absent_families_have_no_best():
    found = of([[0.0, 0, 1, 1, 1, 0, 0, 0]])  # big things of any kind and colour
    assert found[0, 3] == pytest.approx(1)
    assert best_of(found, NAMES).focus[0] < 0.1
    assert best_of(found, NAMES, ("weather",)).attribute.tolist() == [-1]
