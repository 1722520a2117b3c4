"""Against the formula written out with loops, by hand, and on a case where the answer is plain."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from precompute.naming import softwpmi
from precompute.naming.softwpmi import SURE, soft_wpmi, word_chances


def literal(chances, pairs, width):
    """Neuron by neuron, word by word, image by image."""
    words = len(chances[0])
    logs = {n: [0.0] * words for n in range(width) if any(neuron == n for neuron, _, _ in pairs)}
    for neuron, image, weight in pairs:
        for t in range(words):
            logs[neuron][t] += math.log(1 + SURE * weight * (chances[image][t] - 1))
    total = {n: sum(weight for neuron, _, weight in pairs if neuron == n) for n in logs}
    logs = {n: [value / total[n] for value in log] for n, log in logs.items()}
    prior = [math.log(sum(math.exp(log[t]) for log in logs.values()) / len(logs)) for t in range(words)]
    return [[logs[n][t] - prior[t] if n in logs else math.nan for t in range(words)] for n in range(width)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 7), st.integers(2, 9), st.integers(2, 6), st.sampled_from([1, 7, 2**22]))
def test_it_is_the_formula(seed, width, images, words, at_once):
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.ones(words), images)
    pairs = [(n, i, rng.uniform(0.1, 1)) for n in range(width) for i in range(images) if rng.random() < 0.5]
    pairs.append((width - 1, 0, 1.0)) if (width - 1, 0) not in {pair[:2] for pair in pairs} else None
    before, softwpmi.NUMBERS_AT_ONCE = softwpmi.NUMBERS_AT_ONCE, at_once
    try:
        neurons, of, weights = (torch.tensor(column) for column in zip(*pairs, strict=True))
        found = soft_wpmi(torch.tensor(chances), neurons, of, weights, width)
    finally:
        softwpmi.NUMBERS_AT_ONCE = before
    np.testing.assert_allclose(found.numpy(), literal(chances, pairs, width), atol=2e-4)


def test_by_hand():
    """Two neurons with one image each, one sure of the first word, one of the second."""
    chances = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    found = soft_wpmi(chances, torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([1.0, 1.0]), 3)
    likely = [[1 + SURE * (p - 1) for p in row] for row in chances.tolist()]
    assert found[0, 0].item() == pytest.approx(math.log(likely[0][0] / ((likely[0][0] + likely[1][0]) / 2)), abs=1e-5)
    assert found[1, 0].item() == pytest.approx(math.log(likely[1][0] / ((likely[0][0] + likely[1][0]) / 2)), abs=1e-5)
    assert found.argmax(1).tolist()[:2] == [0, 1]
    assert found[2].isnan().all()


def test_a_word_that_fits_everything_names_nothing_and_weak_images_count_little():
    everywhere, own, other = 0.5, 0.45, 0.05
    chances = torch.tensor([[everywhere, own, other], [everywhere, other, own]])
    neurons, images = torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 0])
    found = soft_wpmi(chances, neurons, images, torch.tensor([1.0, 0.1, 1.0, 0.1]), 2)
    assert found.argmax(1).tolist() == [1, 2]
    assert found[:, 0].abs().max().item() < 1e-6


def test_chances_are_shares_of_words_and_follow_the_cosine():
    chances = word_chances(torch.tensor([[2.0, 0.0]]), torch.tensor([[5.0, 0.0], [0.0, 1.0]]))
    assert chances.sum().item() == pytest.approx(1)
    assert (chances[0, 0] / chances[0, 1]).item() == pytest.approx(math.exp(softwpmi.SCALE), rel=1e-4)


def test_no_more_than_the_log_of_the_number_of_neurons():
    chances = torch.eye(5).repeat(1, 1)
    found = soft_wpmi(chances, torch.arange(5), torch.arange(5), torch.ones(5), 5)
    assert found.max().item() == pytest.approx(math.log(5), abs=0.02)
