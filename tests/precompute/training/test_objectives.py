"""The sparse objectives and their written-out gradients: by hand, and against the dense formulas by autograd."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from explorer.models.sae import SaeConfig
from explorer.models.sae.config import KINDS
from precompute.training import auxiliary, objectives, screen
from precompute.training.auxiliary import AUXILIARY_WEIGHT
from precompute.training.objectives import SaeObjective
from precompute.training.weights import Weights
from tests.precompute.training.dense import dense_objective, random_weights

CPU = torch.device("cpu")
NONE_DEAD = torch.zeros(3, dtype=torch.bool)
V = torch.tensor([[3.0, 1.0], [2.0, 0.5]])  # BatchTopK with k = 1 keeps 3 and 2, both of neuron 0


def of_three(groups: tuple[int, ...]) -> SaeObjective:
    return SaeObjective(SaeConfig("matryoshka", 2, 3, 1, groups), CPU)


def three(order: tuple[int, int, int] = (0, 1, 2)) -> Weights:
    """Neuron 0 reads and writes x, neuron 1 y, neuron 2 −x; nothing else. Or the same neurons in another order."""
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])[list(order)]
    return Weights(rows, torch.zeros(3), rows.clone(), torch.zeros(2))


@pytest.mark.parametrize(("groups", "expected"), [((3,), 1.25 / 2), ((1, 2), 2 * 1.25 / 2 / 4), ((1, 1, 1), 3 * 1.25 / 2 / 9)])
def test_reconstruction_by_hand(groups, expected):
    """Every prefix holds neuron 0, so each leaves the y parts: (1² + 0.5²) / 2 a prefix, summed and divided by G²."""
    objective = of_three(groups)(three(), V, NONE_DEAD)
    assert_close(objective.reconstruction.item(), expected)
    assert objective.auxiliary == 0
    assert_close(objective.total, objective.reconstruction)
    assert_close(objective.residual_bd, torch.tensor([[0.0, 1.0], [0.0, 0.5]]))


def test_a_prefix_without_the_neuron_reconstructs_nothing():
    """With the neuron of x in the second group only, the first prefix leaves the whole vectors: (9 + 1 + 4 + .25) / 2."""
    objective = of_three((1, 2))(three((2, 1, 0)), V, NONE_DEAD)
    assert_close(objective.reconstruction.item(), (14.25 / 2 + 1.25 / 2) / 4)


def test_auxiliary_by_hand():
    """Residuals (0, 1) and (0, .5); dead neuron 1 answers 1 and .5 and so explains them wholly: 0. Dead neuron 2 does not
    answer: the share left is Σ‖e‖² / Σ‖e − mean‖² = 1.25 / (2 · .0625)."""
    for dead, expected in [([False, True, False], 0.0), ([False, False, True], 10.0)]:
        objective = of_three((3,))(three(), V, torch.tensor(dead))
        assert_close(objective.auxiliary.item(), expected)
        assert_close(objective.total.item(), 0.625 + AUXILIARY_WEIGHT * expected)


def test_gradients_by_hand():
    """One vector (3, 1), one group: e = (0, 1), so ∂R/∂v̂ = (0, −2). Neuron 0's row would turn towards y, 3 · (0, −2); its code
    has no gradient, since (0, −2) is across its row; b_dec has that of v̂."""
    gradients = of_three((3,))(three(), V[:1], NONE_DEAD).gradients
    assert_close(gradients.W_dec_sd, torch.tensor([[0.0, -6.0], [0.0, 0.0], [0.0, 0.0]]))
    assert_close(gradients.W_enc_sd, torch.zeros(3, 2))
    assert_close(gradients.b_enc_s, torch.zeros(3))
    assert_close(gradients.b_dec_d, torch.tensor([0.0, -2.0]))


def test_a_residual_without_variance_gives_no_auxiliary_loss_and_finite_gradients():
    """Both vectors leave (0, 1): their variance is 0, by which nothing can be divided."""
    objective = of_three((3,))(three(), torch.tensor([[3.0, 1.0], [2.0, 1.0]]), torch.tensor([False, True, False]))
    assert objective.auxiliary == 0
    assert all(gradient.isfinite().all() for gradient in objective.gradients)


@given(
    kind=st.sampled_from(KINDS),
    screened=st.sampled_from([screen.screen_fp32, screen.screen_bf16]),
    seed=st.integers(0, 2**31),
    vectors=st.integers(2, 24),
    width=st.integers(1, 9),
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5),
    dead_share=st.sampled_from([0.0, 0.3, 1.0]),
    mono=st.sampled_from([0.0, 0.4]),
    block=st.sampled_from([3, 256]),
    data=st.data(),
)
@settings(max_examples=120, deadline=None)
def test_losses_and_gradients_are_those_of_the_dense_formulas(
    kind, screened, seed, vectors, width, sizes, dead_share, mono, block, data
):
    """Every kind, any groups, any number of dead neurons, blocks that do not divide the batch; in float64, to 1e-9."""
    groups = tuple(sizes) if kind == "matryoshka" else (sum(sizes),)
    config = SaeConfig(kind, width, sum(sizes), data.draw(st.integers(1, sum(sizes))), groups)
    weights, l1 = random_weights(config, seed), 0.07 if kind == "relu" else 0.0
    draw = torch.Generator().manual_seed(seed + 1)
    v = torch.randn(vectors, width, generator=draw, dtype=torch.float64)
    dead = torch.rand(config.neurons, generator=draw) < dead_share
    expected = dense_objective(weights, v, dead, config, l1, mono)
    with pytest.MonkeyPatch.context() as patch:
        for module in (screen, auxiliary):
            patch.setattr(module, "BLOCK", block)
        patch.setattr(objectives, "best_screen", lambda device: screened)
        found = SaeObjective(config, CPU, l1, mono)(weights, v, dead)
    assert_close(found.codes.to_dense(), expected.z_bs)
    for name in ("total", "reconstruction", "auxiliary", "mono"):
        assert_close(getattr(found, name).double(), getattr(expected, name).double(), rtol=1e-9, atol=1e-9, msg=name)
    for name, gradient in expected.gradients._asdict().items():
        assert_close(getattr(found.gradients, name), gradient, rtol=1e-9, atol=1e-9, msg=name)
