"""One pass against the literal double loop of the definition."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.codes import Codes
from precompute.score import monosemanticity as module
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


# ties, silence, constant neurons, negative values and wide ranges are all likely; finer values between them
values = st.sampled_from([0.0, 0.0, 0.0, 1.0, 1.0, 2.5, -1.0, -3.25, 0.125, 1000.0]) | st.integers(-3000, 3000).map(
    lambda thousandths: thousandths / 1000
)
activations = hnp.arrays("float64", st.tuples(st.integers(2, 14), st.integers(1, 6)), elements=values)


def embeddings(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5)) + 0.3


def every_neuron(a_ns: np.ndarray, e_ne: np.ndarray) -> torch.Tensor:
    return torch.tensor([double_loop(a_n, e_ne) for a_n in a_ns.T], dtype=torch.float32)


@given(activations, st.integers(0, 9))
def test_equals_the_double_loop(a_ns, seed):
    e_ne = embeddings(len(a_ns), seed)
    found = monosemanticity(torch.from_numpy(a_ns), torch.from_numpy(e_ne))
    assert_close(found, every_neuron(a_ns, e_ne), atol=1e-6, rtol=0, equal_nan=True)


@given(activations, st.integers(0, 9), st.booleans())
def test_codes_equal_the_double_loop(a_ns, seed, crowded):
    a_ns, e_ne = a_ns.astype("float32"), embeddings(len(a_ns), seed).astype("float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CROWDED", 0.0 if crowded else 1.0)  # the dense and the sparse way
        patch.setattr(module, "DENSE_AT_ONCE", 3 * a_ns.shape[1])
        found = monosemanticity(Codes.from_dense(torch.from_numpy(a_ns)), torch.from_numpy(e_ne))
    assert_close(found, every_neuron(a_ns.astype("float64"), e_ne.astype("float64")), atol=1e-6, rtol=0, equal_nan=True)


@given(activations, st.integers(0, 9), st.data())
def test_any_split_in_any_order_equals_the_double_loop(a_ns, seed, data):
    a_ns, e_ne = a_ns.astype("float32"), embeddings(len(a_ns), seed)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(a_ns)), max_size=4)))
    parts = []
    for start, stop in pairwise([0, *cuts, len(a_ns)]):
        if not parts or data.draw(st.booleans(), label="a new accumulator"):
            parts.append(MonosemanticityAccumulator(a_ns.shape[1], 5))
        a_bs, e_be = torch.from_numpy(a_ns[start:stop]), torch.from_numpy(e_ne[start:stop])
        if data.draw(st.booleans(), label="dense"):
            parts[-1].update_dense(a_bs, e_be)
        else:
            parts[-1].update(Codes.from_dense(a_bs), e_be)
    first, *rest = data.draw(st.permutations(parts))
    for part in rest:
        first.merge(pickle.loads(pickle.dumps(part)))  # as from another process
    assert_close(first.result().ms, every_neuron(a_ns.astype("float64"), e_ne), atol=1e-6, rtol=0, equal_nan=True)
    assert first.result().floor == pytest.approx(double_loop(np.append(0.0, np.ones(len(e_ne))), np.vstack([e_ne[:1], e_ne])))


def test_the_floor_by_hand():
    """Cosines of the pairs: 01 → 0, 02 → 1, 12 → 0; of one image there is no pair."""
    accumulator = MonosemanticityAccumulator(1, 2)
    accumulator.update_dense(torch.zeros(1, 1), torch.tensor([[2.0, 0.0]]))
    assert math.isnan(accumulator.result().floor)
    accumulator.update_dense(torch.zeros(2, 1), torch.tensor([[0.0, 1.0], [0.5, 0.0]]))
    assert accumulator.result().floor == pytest.approx(1 / 3)


def test_the_floor_of_images_that_are_all_alike():
    """1, not 1 and a rounding error that a manifest would refuse."""
    accumulator = MonosemanticityAccumulator(1, 3)
    accumulator.update_dense(torch.zeros(1000, 1), torch.tensor([[0.3, 0.4, 0.7]]).expand(1000, 3))
    assert 1 - 1e-12 < accumulator.result().floor <= 1


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


def test_of_two_images_the_faint_one_counts():
    """MS is their cosine whatever the activations: 10⁶ : 1 leaves float32 no digit of it, nor embeddings of length 1 ± 10⁻⁷."""
    e = torch.randn(40, 16, generator=torch.Generator().manual_seed(0))
    a = torch.zeros(40, 30)
    pairs = [(neuron, neuron + 7) for neuron in range(30)]
    for neuron, (strong, faint) in enumerate(pairs):
        a[strong, neuron], a[faint, neuron] = 1e3, 1e-3
    codes = Codes.from_dense(a)
    assert len(codes.values) < module.CROWDED * a.numel()  # through the sparse product
    expected = torch.stack([torch.cosine_similarity(e[m].double(), e[n].double(), dim=0) for m, n in pairs]).float()
    assert_close(monosemanticity(codes, e), expected, atol=1e-6, rtol=0)


def test_one_image_is_dead_and_two_are_not_whatever_rounding_says():
    generator = torch.Generator().manual_seed(3)
    e = torch.randn(50, 8, generator=generator)
    a = torch.zeros(50, 400)
    for neuron in range(400):
        chosen = torch.randperm(50, generator=generator)[: 1 + neuron % 2]
        a[chosen, neuron] = torch.rand(len(chosen), generator=generator) * 10
    assert len(Codes.from_dense(a).values) < module.CROWDED * a.numel()
    for activations, name in ((a, "0 elsewhere"), (a - 7.3, "lowest elsewhere"), (Codes.from_dense(a), "not listed elsewhere")):
        found = monosemanticity(activations, e)
        assert found[0::2].isnan().all(), name
        assert found[1::2].isfinite().all(), name


def test_negative_activations_in_sparse_codes_weigh_from_their_lowest():
    """Listed −2, 1; silent elsewhere at 0: ã = (0, 1, ⅔, ⅔). Cosines 12: 0, 13: 1, 23: 0, so MS = ⅔ / (⅔ + ⅔ + 4/9) = .375."""
    e = torch.tensor([[5.0, 5.0], [1.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    a = torch.zeros(4, 3)
    a[:2, 1] = torch.tensor([-2.0, 1.0])
    codes = Codes.from_dense(a)
    assert len(codes.values) < module.CROWDED * a.numel()
    assert_close(monosemanticity(codes, e), torch.tensor([math.nan, 0.375, math.nan]), equal_nan=True)


def test_before_any_image_all_are_dead():
    result = MonosemanticityAccumulator(3, 4).result()
    assert result.ms.isnan().all()
    assert (result.concepts == 0).all()


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


@pytest.mark.parametrize(
    ("bad", "words"),
    [(0.0, "1 of 2 embeddings .* are zero"), (float("nan"), "NaN or infinite"), (float("inf"), "NaN or infinite")],
)
def test_embeddings_without_a_direction_are_refused(bad, words):
    with pytest.raises(UserError, match=words):
        monosemanticity(torch.ones(2, 1), torch.tensor([[1.0, 0.0], [bad, 0.0]]))


@pytest.mark.parametrize(
    ("a", "e", "message"),
    [
        (torch.ones(3, 1), torch.ones(2, 4), "one image set"),
        (torch.ones(2, 3), torch.ones(2, 4), "got 3 and 4"),
        (torch.ones(2, 1), torch.ones(2, 5), "got 1 and 5"),
        (torch.tensor([[1.0], [math.nan]]), torch.ones(2, 4), "NaN or infinite"),
    ],
)
def test_a_refused_batch_leaves_nothing_behind(a, e, message):
    accumulator = MonosemanticityAccumulator(1, 4)
    good, unit = torch.tensor([[1.0], [2.0], [0.0]]), torch.eye(4)[:3]
    accumulator.update_dense(good, unit)
    for update in (lambda: accumulator.update(Codes.from_dense(a), e), lambda: accumulator.update_dense(a, e)):
        with pytest.raises(UserError, match=message):
            update()
    assert_close(accumulator.result().ms, monosemanticity(good, unit))
