"""One pass against the literal double loop of the definition."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.codes import Codes
from precompute.score.monosemanticity import MonosemanticityAccumulator, monosemanticity


def double_loop(a_n: np.ndarray, e_ne: np.ndarray) -> float:
    """MS of one neuron as PAPER.md §2 writes it: all pairs n < m."""
    unit = e_ne / np.linalg.norm(e_ne, axis=1, keepdims=True)
    span = a_n.max() - a_n.min()
    scaled = (a_n - a_n.min()) / span if span > 0 else np.zeros_like(a_n)
    numerator = denominator = 0.0
    for n in range(len(a_n)):
        for m in range(n + 1, len(a_n)):
            numerator += scaled[n] * scaled[m] * float(unit[n] @ unit[m])
            denominator += scaled[n] * scaled[m]
    return numerator / denominator if denominator > 0 else math.nan


# ties, silence, negative values and wide ranges are all likely
values = st.sampled_from([0.0, 0.0, 0.0, 1.0, 1.0, 2.5, -1.0, -3.25, 0.125, 1000.0])
activations = hnp.arrays("float64", st.tuples(st.integers(2, 14), st.integers(1, 6)), elements=values)


def embeddings(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5)) + 0.3


@given(activations, st.integers(0, 9))
def test_equals_the_double_loop(a_ns, seed):
    e_ne = embeddings(len(a_ns), seed)
    found = monosemanticity(torch.from_numpy(a_ns), torch.from_numpy(e_ne))
    expected = [double_loop(a_ns[:, neuron], e_ne) for neuron in range(a_ns.shape[1])]
    assert_close(found, torch.tensor(expected, dtype=torch.float32), atol=1e-6, rtol=0, equal_nan=True)


@given(activations, st.integers(0, 9), st.data())
def test_any_split_in_any_order_equals_the_whole(a_ns, seed, data):
    e_ne = torch.from_numpy(embeddings(len(a_ns), seed))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(a_ns)), max_size=3)))
    parts = []
    for start, stop in zip([0, *cuts], [*cuts, len(a_ns)], strict=True):
        parts.append(MonosemanticityAccumulator(a_ns.shape[1], 5))
        parts[-1].update(Codes.from_dense(torch.from_numpy(a_ns[start:stop])), e_ne[start:stop])
    first, *rest = data.draw(st.permutations(parts))
    for part in rest:
        first.merge(part)
    assert_close(first.result().ms, monosemanticity(torch.from_numpy(a_ns), e_ne), atol=1e-6, rtol=0, equal_nan=True)


def test_by_hand():
    """Cosines: 01 → 0, 02 → 1, 12 → 0. Activations (1, .5, 1): MS = (0 + 1 + 0) / (.5 + 1 + .5) = .5."""
    e = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.0, -1.0]])
    a = torch.tensor([[1.0, 4.0, 7.0, 0.0], [0.5, 0.0, 7.0, 0.0], [1.0, 0.0, 7.0, 2.0], [0.0, 4.0, 7.0, 0.0]])
    ms = monosemanticity(a, e)
    assert_close(ms[:2], torch.tensor([0.5, 0.0]))
    assert ms[2:].isnan().all()  # constant: nothing to weigh by; one image: no pair


def test_negative_activations_weigh_from_their_lowest():
    """(−3, −1, 1) scales to (0, .5, 1): the only pair of positive weight is 1 and 2."""
    e = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    assert_close(monosemanticity(torch.tensor([[-3.0], [-1.0], [1.0]]), e), torch.tensor([0.6]))


def test_one_image_far_above_the_rest():
    """The weights of all other pairs are tiny; the digits must not be lost."""
    a = torch.full((200, 1), 1e-3)
    a[0], a[1] = 1e3, 0.0
    e = torch.randn(200, 16, generator=torch.Generator().manual_seed(0))
    expected = double_loop(a[:, 0].double().numpy(), e.double().numpy())
    assert_close(monosemanticity(a, e), torch.tensor([expected], dtype=torch.float32), atol=1e-5, rtol=0)


def test_float32_streams_at_size():
    generator = torch.Generator().manual_seed(1)
    a = torch.relu(torch.randn(400, 12, generator=generator) - 1) * 50
    e = torch.randn(400, 64, generator=generator) + 0.5
    expected = [double_loop(a[:, neuron].double().numpy(), e.double().numpy()) for neuron in range(12)]
    assert_close(monosemanticity(a, e), torch.tensor(expected, dtype=torch.float32), atol=1e-4, rtol=0)


def test_identical_images_score_one_and_order_does_not_matter():
    e = torch.randn(1, 8).repeat(5, 1) * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])[:, None]
    a = torch.rand(5, 3)
    assert_close(monosemanticity(a, e), torch.ones(3))


def test_concepts_are_the_weighted_mean_embedding():
    e = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    accumulator = MonosemanticityAccumulator(2, 2)
    accumulator.update(Codes.from_dense(torch.tensor([[3.0, 0.0], [0.0, 0.0], [4.0, 0.0]])), e)
    assert_close(accumulator.result().concepts, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))


@pytest.mark.parametrize("bad", [0.0, float("nan"), float("inf")])
def test_embeddings_without_a_direction_are_refused(bad):
    with pytest.raises(UserError, match="zero or not finite"):
        monosemanticity(torch.ones(2, 1), torch.tensor([[1.0, 0.0], [bad, 0.0]]))


def test_other_numbers_of_images_are_refused():
    with pytest.raises(UserError, match="one image set"):
        monosemanticity(torch.ones(3, 1), torch.ones(2, 4))
