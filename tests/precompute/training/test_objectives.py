import pytest
import torch
from torch.testing import assert_close

from explorer.models.sae import SaeConfig, SparseAutoencoder
from precompute.training.objectives import AUXILIARY_WEIGHT, sae_objective


def sae_2x3(groups: tuple[int, ...]) -> SparseAutoencoder:
    """Neuron 0 reads and writes x, neuron 1 y, neuron 2 −x; nothing else."""
    sae = SparseAutoencoder(SaeConfig("matryoshka", 2, 3, 1, groups))
    with torch.no_grad():
        sae.W_enc.copy_(torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]))
        sae.W_dec.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
    return sae


V = torch.tensor([[3.0, 1.0], [2.0, 0.5]])  # BatchTopK with k = 1 keeps 3 and 2, both of neuron 0


@pytest.mark.parametrize(("groups", "expected"), [((3,), 1.25 / 2), ((1, 2), 2 * 1.25 / 2 / 4), ((1, 1, 1), 3 * 1.25 / 2 / 9)])
def test_reconstruction_by_hand(groups, expected):
    """Every prefix holds neuron 0, so each leaves the y parts: (1² + 0.5²) / 2 a prefix, summed and divided by G²."""
    objective = sae_objective(sae_2x3(groups), V, torch.zeros(3, dtype=torch.bool))
    assert_close(objective.reconstruction.item(), expected)
    assert objective.auxiliary == 0
    assert_close(objective.total, objective.reconstruction)


def test_a_prefix_without_the_neuron_reconstructs_nothing():
    """With neuron 0 in the second group only, the first prefix leaves the whole vectors: (9 + 1 + 4 + .25) / 2."""
    sae = sae_2x3((1, 2))
    with torch.no_grad():
        sae.W_enc.copy_(sae.W_enc.flip(1))
        sae.W_dec.copy_(sae.W_dec.flip(0))
    objective = sae_objective(sae, V, torch.zeros(3, dtype=torch.bool))
    assert_close(objective.reconstruction.item(), (14.25 / 2 + 1.25 / 2) / 4)


def test_auxiliary_by_hand():
    """Residuals (0, 1) and (0, .5); dead neuron 1 answers 1 and .5 and so explains them wholly: 0. Dead neuron 2 does not
    answer: the share left is Σ‖e‖² / Σ‖e − mean‖² = 1.25 / (2 · .0625)."""
    for dead, expected in [([False, True, False], 0.0), ([False, False, True], 10.0)]:
        objective = sae_objective(sae_2x3((3,)), V, torch.tensor(dead))
        assert_close(objective.auxiliary.item(), expected)
        assert_close(objective.total.item(), 0.625 + AUXILIARY_WEIGHT * expected)


def test_a_residual_without_variance_gives_no_auxiliary_loss_and_finite_gradients():
    """Both vectors leave (0, 1): their variance is 0, by which nothing can be divided."""
    sae = sae_2x3((3,))
    objective = sae_objective(sae, torch.tensor([[3.0, 1.0], [2.0, 1.0]]), torch.tensor([False, True, False]))
    objective.total.backward()
    assert objective.auxiliary == 0
    assert all(parameter.grad.isfinite().all() for parameter in sae.parameters())


def test_dead_neurons_get_gradients_and_the_residual_gives_none():
    sae = sae_2x3((3,))
    sae_objective(sae, V, torch.tensor([False, True, False])).auxiliary.backward()
    assert sae.W_dec.grad is not None
    assert sae.W_dec.grad[0].abs().sum() == 0  # the living neuron made the residual, which is a target here


def test_gradients_equal_finite_differences():
    torch.manual_seed(0)
    sae = SparseAutoencoder(SaeConfig("matryoshka", 3, 6, 2, (2, 4))).double()
    v, dead = torch.randn(5, 3, dtype=torch.float64), torch.tensor([0, 0, 0, 0, 0, 1]).bool()
    objective = sae_objective(sae, v, dead)
    (gradient,) = torch.autograd.grad(objective.reconstruction, sae.W_dec)
    step = 1e-6
    for row, column in [(0, 0), (3, 1), (4, 2)]:
        with torch.no_grad():
            sae.W_dec[row, column] += step
            up = sae_objective(sae, v, dead).reconstruction
            sae.W_dec[row, column] -= 2 * step
            down = sae_objective(sae, v, dead).reconstruction
            sae.W_dec[row, column] += step
        assert_close(gradient[row, column], (up - down) / (2 * step), atol=1e-5, rtol=1e-4)
