"""MonoLoss: by hand, and as a term of a run. Against all pairs, by autograd, it is tested with the other objectives."""

import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from explorer.models.codes import Codes
from explorer.models.sae import sae_config
from precompute.training.mono import mono
from precompute.training.objectives import SaeObjective
from precompute.training.trainer import Plan, Trainer
from tests.precompute.score.test_monosemanticity import double_loop


def test_by_hand():
    """Neuron 0 fires 1, 2, 3 on directions at 0°, 90° and 0°: (2 · 0 + 3 · 1 + 6 · 0) / 11. Neuron 1 fires twice at 90°: 0.
    Neuron 2 fires once and neuron 3 never: they do not count."""
    v_bd = torch.tensor([[5.0, 0.0], [0.0, 7.0], [0.1, 0.0]])
    a_bs = torch.tensor([[1.0, 4.0, 0.0, 0.0], [2.0, 1.0, 0.0, 0.0], [3.0, 0.0, 9.0, 0.0]])
    found = mono(Codes.from_dense(a_bs), v_bd)
    assert_close(found.loss.item(), 1 - (3 / 11 + 0) / 2)
    # ∂MS/∂z of neuron 0's first: (3 · 11 − 3 · (2 + 3)) / 11²; of its second: (0 · 11 − 3 · (1 + 3)) / 11²; half each, negative
    assert_close(found.dz[[0, 2]], -torch.tensor([33 - 15, -12]) / 121 / 2)
    assert_close(found.dz[1].item(), 0.0)  # neuron 1 stays at 0 however strongly it fires
    assert found.dz[5] == 0


def test_it_is_the_ms_of_scoring():
    draw = torch.Generator().manual_seed(0)
    v_bd, a_bs = torch.randn(12, 5, generator=draw), torch.randn(12, 4, generator=draw).relu()
    expected = np.array([double_loop(a_n, v_bd.numpy()) for a_n in a_bs.T.numpy()])
    assert_close(mono(Codes.from_dense(a_bs), v_bd).loss.item(), 1 - float(expected.mean()), rtol=1e-5, atol=1e-5)


def test_where_no_neuron_fires_twice_there_is_nothing_to_learn():
    found = mono(Codes.from_dense(torch.eye(3)), torch.randn(3, 4))
    assert found.loss == 1
    assert_close(found.dz, torch.zeros(3))
    assert len(mono(Codes.from_dense(torch.zeros(3, 2)), torch.randn(3, 4)).dz) == 0


@pytest.mark.parametrize("kind", ["matryoshka", "topk"])
def test_a_run_with_it_has_neurons_that_are_more_alike(kind):
    """The same run with and without, on twelve directions with noise."""
    draw = torch.Generator().manual_seed(0)
    concepts = torch.nn.functional.normalize(torch.randn(12, 16, generator=draw), dim=1)
    v_nd = concepts[torch.randint(12, (1024,), generator=draw)] + 0.25 * torch.randn(1024, 16, generator=draw)
    reached = []
    for weight in (0.0, 0.05):
        config = sae_config(kind, 16, 2, 3)
        trainer = Trainer(
            config, Plan(300, 256, 30, 10**6, 0), lambda n: v_nd[n % 4 * 256 :][:256], 1.0, torch.device("cpu"), mono=weight
        )
        for step in range(300):
            trainer.step(step)
        left = SaeObjective(config, torch.device("cpu"), mono=1.0)(trainer.weights, v_nd, torch.zeros(32, dtype=torch.bool))
        reached.append(float(left.mono))
    assert all(map(math.isfinite, reached))
    assert reached[1] < reached[0] - 0.02
