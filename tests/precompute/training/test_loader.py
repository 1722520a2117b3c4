"""Batches: every vector once an epoch, in an order that the seed and the step alone decide, and well mixed."""

import pytest
import torch

from precompute.activations import Activations
from precompute.training import loader
from precompute.training.loader import Batches, mean_norm
from tests.precompute.making import save_activations

IMAGES, TOKENS, WIDTH, SHARD = 600, 2, 3, 25  # 24 shards of 50 vectors


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Vector number n is (n, n, n)."""
    vectors = torch.arange(IMAGES * TOKENS).float().view(IMAGES, TOKENS, 1).expand(-1, -1, WIDTH)
    return Activations(save_activations(tmp_path_factory.mktemp("numbered") / "acts", vectors.contiguous(), shard=SHARD))


@pytest.fixture
def small_windows(monkeypatch):
    monkeypatch.setattr(loader, "WINDOW_BYTES", 4 * WIDTH * 400)  # 400 vectors: eight shards


def numbers(batches: Batches, steps: range) -> torch.Tensor:
    return torch.cat([batches(step)[:, 0].long() for step in steps])


@pytest.mark.parametrize("size", [100, 70, 1200])
def test_every_vector_once_an_epoch(numbered, small_windows, size):
    batches, each = Batches(numbered, size, seed=0), 1200 // size
    first, second = numbers(batches, range(each)), numbers(batches, range(each, 2 * each))
    for epoch in (first, second):
        assert len(epoch) == each * size
        assert len(epoch.unique()) == each * size
    assert not torch.equal(first, second)


def test_the_seed_and_the_step_alone_decide(numbered, small_windows):
    whole = numbers(Batches(numbered, 70, seed=5), range(40))
    resumed = Batches(numbered, 70, seed=5)
    assert torch.equal(numbers(resumed, range(33, 40)), whole[33 * 70 :])
    assert not torch.equal(numbers(Batches(numbered, 70, seed=6), range(40)), whole)


def test_reading_ahead_changes_no_batch(numbered, small_windows):
    plain, ahead = Batches(numbered, 70, seed=5), Batches(numbered, 70, seed=5, ahead=True)
    order = [*range(40), 3, 39]  # more than two epochs, and back
    assert all(torch.equal(plain(step), ahead(step)) for step in order)


def test_the_next_window_is_read_while_one_is_used(numbered, small_windows):
    batches = Batches(numbered, 100, seed=0, ahead=True)
    batches(0)
    batches._begun(0, 1).result()
    assert batches._begun.cache_info().misses == 2  # the first and, before it was asked for, the second


def test_batches_are_mixed(numbered, small_windows):
    """A batch of 100 is drawn from eight random shards of 24, and neighbours on disk part: by chance two of a shard follow one
    another in an eighth of the places."""
    batches = Batches(numbered, 100, seed=0)
    for step in range(4):
        shards = batches(step)[:, 0].long() // (SHARD * TOKENS)
        assert len(shards.unique()) >= 8
        assert (shards[1:] == shards[:-1]).float().mean() < 0.3
    starts = [numbers(Batches(numbered, 100, seed), range(1)).float().mean() for seed in range(20)]
    assert torch.stack(starts).std() > 20  # other shards begin another run


def test_a_window_for_all_is_a_shuffle_of_all(numbered):
    shards = Batches(numbered, 300, seed=0)(0)[:, 0].long() // (SHARD * TOKENS)
    assert len(shards.unique()) == 24


def test_mean_norm_by_hand(tmp_path):
    """Norms 5 and 1: √((25 + 1) / 2)."""
    acts = Activations(save_activations(tmp_path / "acts", torch.tensor([[[3.0, 4.0]], [[0.0, 1.0]]])))
    assert mean_norm(acts) == pytest.approx(13**0.5)
