"""Average precision and F1 against a slow and obvious way."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.models.codes import Codes
from precompute.storybook.evaluate.attribute_match import match


def slow(activations, truth):
    """One neuron, one attribute: all thresholds one after another; gives (average precision, best F1)."""
    precision_sum, before, best = 0.0, 0.0, 0.0
    for threshold in sorted(set(activations), reverse=True):
        said = [a >= threshold for a in activations]
        right = sum(s and t for s, t in zip(said, truth, strict=True))
        precision, recall = right / sum(said), right / sum(truth)
        precision_sum += precision * (recall - before)
        before = recall
        if threshold > 0 and right:
            best = max(best, 2 * precision * recall / (precision + recall))
    return precision_sum, best


@settings(max_examples=50)
@given(st.data())
def test_it_equals_trying_every_threshold(data):
    images, neurons, attributes = (data.draw(st.integers(low, 7)) for low in (2, 1, 1))
    levels = st.sampled_from([-1.5, -0.5, 0.0, 0.0, 0.5, 1.0, 2.0])
    a = data.draw(st.lists(st.lists(levels, min_size=neurons, max_size=neurons), min_size=images, max_size=images))
    some = st.lists(st.booleans(), min_size=images, max_size=images).filter(lambda column: 0 < sum(column) < images)
    truth = np.array(data.draw(st.lists(some, min_size=attributes, max_size=attributes))).T
    found = match(Codes.from_dense(torch.tensor(a)), truth)
    for neuron in range(neurons):
        for attribute in range(attributes):
            precision, f1 = slow([row[neuron] for row in a], truth[:, attribute].tolist())
            base = truth[:, attribute].mean()
            assert found.average_precision[neuron, attribute] == pytest.approx(precision, abs=1e-6)
            assert found.f1[neuron, attribute] == pytest.approx(f1, abs=1e-6)
            assert found.match[neuron, attribute] == pytest.approx((precision - base) / (1 - base), abs=1e-6)


def test_by_hand():
    """Right, wrong, right, and silent on the rest, one of them right: ⅓·1 + ⅓·⅔ + ⅓·3⁄6; F1 after three: P ⅔, R ⅔."""
    truth = np.array([[1], [0], [1], [0], [1], [0]], bool)
    found = match(Codes.from_dense(torch.tensor([[3.0], [2.0], [1.0], [0.0], [0.0], [0.0]])), truth)
    assert found.average_precision[0, 0] == pytest.approx((1 + 2 / 3 + 1 / 2) / 3)
    assert found.f1[0, 0] == pytest.approx(2 / 3)
    assert found.match[0, 0] == pytest.approx(((1 + 2 / 3 + 1 / 2) / 3 - 0.5) / 0.5)
    assert found.base_rate.tolist() == [0.5]


def test_a_silent_neuron_and_an_even_one_are_at_chance():
    truth = np.array([[1, 1], [0, 1], [0, 1], [0, 0]], bool)
    found = match(Codes.from_dense(torch.tensor([[0.0, 5.0]] * 4)), truth)
    assert found.average_precision.tolist() == [[0.25, 0.75]] * 2
    assert np.allclose(found.match, 0)
    assert found.f1[0].tolist() == [0, 0]
    assert found.f1[1].tolist() == pytest.approx([2 * 0.25 / 1.25, 2 * 0.75 / 1.75])


def test_ties_do_not_depend_on_the_order_of_images():
    truth = np.array([[1], [0], [1], [0], [0], [1]], bool)
    a = torch.tensor([[2.0], [2.0], [1.0], [1.0], [1.0], [0.0]])
    there = match(Codes.from_dense(a), truth)
    back = match(Codes.from_dense(a.flip(0)), truth[::-1])
    assert there.average_precision == back.average_precision
    assert there.average_precision[0, 0] == pytest.approx((1 / 2 + 2 / 5 + 3 / 6) / 3)
