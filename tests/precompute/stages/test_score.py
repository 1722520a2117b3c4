"""The stage `score`, as the command line runs it: what its metrics count, and the floor."""

import numpy as np
import pytest
import torch

from precompute.__main__ import main
from precompute.stage_record import finished
from tests.precompute.making import save_activations

COUNTS = (2, 15, 16, 300, 600, 0)  # images that each neuron fires on


@pytest.fixture
def world(tmp_path):
    """600 images, each less like the first than the one before: the fewer a neuron fires on, the higher its MS."""
    generator = torch.Generator().manual_seed(0)
    angle = 2.5 * torch.linspace(0, 1, 600).sqrt()
    embeddings = torch.stack([angle.cos(), angle.sin()], 1)
    activations = torch.zeros(600, len(COUNTS))
    for neuron, count in enumerate(COUNTS):
        activations[:count, neuron] = 1 + torch.rand(count, generator=generator)
    save_activations(tmp_path / "acts", activations[:, None], shard=250)
    save_activations(tmp_path / "e", embeddings[:, None], shard=250)
    return tmp_path, activations.double().numpy(), embeddings.double().numpy()


def score(root, *more, activations="acts"):
    arguments = ["--activations", root / activations, "--similarity", root / "e", "--out", root / f"scores-{activations}", *more]
    assert main(["score", *map(str, arguments)]) == 0
    return finished(root / f"scores-{activations}", "score")["result"]["metrics"]["ms"]["made"]


def cosines(embeddings):
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    return unit @ unit.T


def mean_of_pairs(cosine, weights):
    """Σ w w cos / Σ w w over all pairs of different images."""
    pairs = np.outer(weights, weights) * (1 - np.eye(len(weights)))
    return float((pairs * cosine).sum() / pairs.sum())


def test_the_floor_is_the_mean_cosine_of_all_pairs(world, capsys):
    root, _, embeddings = world
    metrics = score(root)
    cosine = cosines(embeddings)
    assert metrics["floor"] == pytest.approx(float(cosine[~np.eye(600, dtype=bool)].mean()), abs=1e-9)
    assert metrics["floor"] != pytest.approx(float(cosine.mean()), abs=1e-4)  # an image and itself are no pair
    assert f"two random images have {metrics['floor']:.2f}" in capsys.readouterr().out


def test_the_best_is_of_neurons_that_fire_on_16_images(world, capsys):
    root, activations, embeddings = world
    metrics, cosine = score(root), cosines(embeddings)
    ms = [mean_of_pairs(cosine, a_n - a_n.min()) for a_n in activations.T[:5]]
    assert ms[0] > ms[1] + 0.001 > ms[2] + 0.002
    assert metrics["best"] == pytest.approx(ms[2], abs=1e-6)  # neither 2 nor 15 images are enough
    assert metrics["mean"] == pytest.approx(sum(ms) / 5, abs=1e-6)
    assert metrics["alive"] == 5
    assert f"{ms[2]:.2f} at best of those that fire on 16 images or more" in capsys.readouterr().out


def test_of_a_small_set_all_neurons_are_ranked(world):
    root, activations, embeddings = world
    save_activations(root / "few", torch.from_numpy(activations[:499, None]))
    save_activations(root / "e2", torch.from_numpy(embeddings[:499, None]))
    assert main(["score", "--activations", str(root / "few"), "--similarity", str(root / "e2"), "--out", str(root / "s")]) == 0
    best = finished(root / "s", "score")["result"]["metrics"]["ms"]["made"]["best"]
    assert best == pytest.approx(mean_of_pairs(cosines(embeddings[:2]), activations[:2, 0]), abs=1e-6)


def test_without_a_neuron_that_fires_often_nothing_is_best(world):
    root, activations, _ = world
    save_activations(root / "rare", torch.from_numpy(activations[:, None, :2]), shard=250)
    metrics = score(root, activations="rare")
    assert metrics["best"] is None
    assert metrics["alive"] == 2
