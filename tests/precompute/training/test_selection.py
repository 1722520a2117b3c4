"""What is selected: the same whatever is guessed, and whether or not bfloat16 sieves."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from explorer.models.sae import SaeConfig
from precompute.training import screen as screens
from precompute.training import selection
from precompute.training.screen import screen_bf16, screen_fp32
from precompute.training.selection import BatchTopK, TopK, all_positive
from precompute.training.weights import Weights
from tests.precompute.training.dense import kept, random_weights

SCREENS = [screen_fp32, screen_bf16]
IDENTITY = Weights(torch.eye(3), torch.zeros(3), torch.eye(3), torch.zeros(3))


@pytest.mark.parametrize("screen", SCREENS)
def test_batch_topk_keeps_the_largest_of_the_whole_batch(screen):
    x = torch.tensor([[5.0, 1.0, 4.0], [-1.0, 2.0, 0.0]])
    assert_close(
        BatchTopK(1, screen)(IDENTITY, x).to_dense(), torch.tensor([[5.0, 0.0, 4.0], [0.0, 0.0, 0.0]])
    )  # 2 · 1, both in row 0
    codes = BatchTopK(3, screen)(IDENTITY, x)
    assert_close(codes.to_dense(), x.clamp(min=0))  # 6 asked; zeros and negative numbers are never kept
    assert len(codes.values) == 4


def test_topk_keeps_the_largest_of_each_vector():
    x = torch.tensor([[5.0, 1.0, 4.0], [-1.0, 2.0, 0.0], [-1.0, -2.0, -3.0]])
    codes = TopK(2)(IDENTITY, x)
    assert_close(codes.to_dense(), torch.tensor([[5.0, 0.0, 4.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]))
    assert codes.neurons.tolist() == [0, 2, 1]
    assert codes.starts.tolist() == [0, 2, 3, 3]


def test_all_positive_entries_are_a_relu():
    x = torch.tensor([[5.0, -1.0, 4.0], [-1.0, 2.0, 0.0]])
    assert_close(all_positive(IDENTITY, x).to_dense(), x.clamp(min=0))


@pytest.mark.parametrize("screen", SCREENS)
@given(
    seed=st.integers(0, 2**31), vectors=st.integers(1, 40), width=st.integers(1, 20), neurons=st.integers(1, 50), data=st.data()
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_dense_definition_from_any_guess(screen, seed, vectors, width, neurons, data):
    config = SaeConfig("batchtopk", width, neurons, data.draw(st.integers(1, neurons)), (neurons,))
    weights = random_weights(config, seed)
    x = torch.randn(vectors, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    relu = torch.relu(x @ weights.W_enc_sd.T + weights.b_enc_s)
    select = BatchTopK(config.k, screen)
    for guess in (torch.inf, 0.0, float(relu.max()) * data.draw(st.floats(0, 2)), select.guess):
        select.guess = guess
        codes = select(weights, x)
        assert_close(codes.to_dense().double(), relu * kept(relu, config), atol=1e-6, rtol=1e-6)


def test_a_gpu_takes_as_many_vectors_as_half_a_gigabyte_holds():
    on_gpu = torch.empty(0, device="meta")  # any device but the processor
    assert [screens.at_a_time(on_gpu, neurons) for neurons in (65_536, 2**24)] == [4_096, 256]


@given(seed=st.integers(0, 2**31), spread=st.floats(0, 12), bias=st.sampled_from([0.0, 1.0, 1e3]))
@settings(max_examples=60, deadline=None)
def test_bfloat16_never_changes_what_is_kept(seed, spread, bias):
    """Vectors, weights and biases of sizes far apart, where rounding to eight binary digits is coarse."""
    draw = torch.Generator().manual_seed(seed)
    sizes = [2 ** (spread * torch.randn(n, 1, generator=draw)) for n in (64, 96)]
    x, W = (size * torch.randn(len(size), 24, generator=draw) for size in sizes)
    weights = Weights(W, bias * torch.randn(96, generator=draw), W, torch.zeros(24))
    exact, sieved = BatchTopK(5, screen_fp32)(weights, x), BatchTopK(5, screen_bf16)(weights, x)
    slack = 1e-6 * (x.norm(dim=1).max() * W.norm(dim=1).max() + bias)  # beside the cut, float32 itself is in doubt
    cut = exact.values.min()
    for one, other in [(exact, sieved), (sieved, exact)]:
        surely = one.to_dense() > cut + slack
        assert (other.to_dense() > 0)[surely].all()
        assert_close(one.to_dense()[surely], other.to_dense()[surely], atol=float(slack), rtol=1e-4)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_good_guess_needs_no_top_k_of_all(screen, monkeypatch):
    config = SaeConfig("batchtopk", 16, 64, 4, (64,))
    weights, select = random_weights(config, 0, torch.float32), BatchTopK(4, screen)
    x = torch.randn(300, 16, generator=torch.Generator().manual_seed(0))
    first = select(weights, x)
    assert select.guess == pytest.approx(selection.CAUTION * float(first.values.min()))
    monkeypatch.setattr(selection, "_floor", lambda *arguments: pytest.fail("a top-k of all was taken"))
    assert torch.equal(select(weights, x).neurons, first.neurons)
