"""Steering is arithmetic: by hand, and against the paper's words done slowly."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.sae import SparseAutoencoder, sae_config
from explorer.models.steering import apply
from explorer.models.steering.directions import diff_mean, original_dimension, random_direction
from explorer.models.steering.spec import SteeringSpec
from tests.explorer.models.test_sae import hand_made


def steer(*arguments) -> torch.Tensor:
    return apply.steer(*arguments).hidden_td


# Of `hand_made`: (3, 2) → z = (2, 1.5, 0), v̂ = (3, 1.5); (1.5, 1) → all silent, v̂ = b_dec = (1, 0);
# (−2, 0) → z = (0, 0, 3), v̂ = (−2, 0).
VECTORS = torch.tensor([[3.0, 2.0], [1.5, 1.0], [-2.0, 0.0]])


@pytest.mark.parametrize(
    ("neuron", "alpha", "expected"),
    [
        (1, 4.0, [[3.0, 4.0], [1.0, 4.0], [-2.0, 4.0]]),
        (1, 0.0, [[3.0, 0.0], [1.0, 0.0], [-2.0, 0.0]]),
        (1, -2.0, [[3.0, -2.0], [1.0, -2.0], [-2.0, -2.0]]),
        (
            2,
            5.0,
            [[-2.0, 1.5], [-4.0, 0.0], [-4.0, 0.0]],
        ),  # W_dec[2] = (−1, 0): 2 stays on for the first, 3 became 5 for the last
    ],
)
def test_clamp_by_hand(neuron, alpha, expected):
    assert_close(steer(hand_made(), VECTORS, SteeringSpec(neuron, alpha)), torch.tensor(expected))


def test_the_error_kept_by_hand():
    # v + (4 − z_1)·(0, 1), z_1 = 1.5, 0, 0: what the SAE does not reproduce, (0, 0.5), (0.5, 1) and (0, 0), stays
    expected = torch.tensor([[3.0, 4.5], [1.5, 5.0], [-2.0, 4.0]])
    assert_close(steer(hand_made(), VECTORS, SteeringSpec(1, 4.0, keep_error=True)), expected)


def random_sae(seed: int) -> tuple[SparseAutoencoder, torch.Tensor]:
    torch.manual_seed(seed)
    sae = SparseAutoencoder(sae_config("matryoshka", 6, 4, 3)).requires_grad_(False)
    sae.threshold.fill_(0.4)
    sae.b_dec.normal_()
    return sae, 2 * torch.randn(9, 6)


def slowly(sae: SparseAutoencoder, v_td: torch.Tensor, neuron: int, alpha: float) -> torch.Tensor:
    """The paper's words, one token after the other on dense codes."""
    rows = []
    for v_d in v_td:
        z_s = torch.relu((v_d - sae.b_dec) @ sae.W_enc + sae.b_enc)
        z_s[z_s <= sae.threshold] = 0
        z_s[neuron] = alpha
        rows.append(z_s @ sae.W_dec + sae.b_dec)
    return torch.stack(rows)


@given(seed=st.integers(0, 50), neuron=st.integers(0, 23), alpha=st.floats(-40, 40, width=32))
def test_it_is_encode_set_decode(seed, neuron, alpha):
    sae, v_td = random_sae(seed)
    assert_close(steer(sae, v_td, SteeringSpec(neuron, alpha)), slowly(sae, v_td, neuron, alpha), atol=1e-4, rtol=1e-5)


@given(seed=st.integers(0, 50), neuron=st.integers(0, 23), alphas=st.tuples(*[st.floats(-40, 40, width=32)] * 2))
def test_linear_in_alpha_along_one_row(seed, neuron, alphas):
    """Between two α only W_dec[k] is added, as often as they differ; every token gets the same."""
    sae, v_td = random_sae(seed)
    for keep_error in (False, True):
        low, high = (steer(sae, v_td, SteeringSpec(neuron, alpha, keep_error)) for alpha in alphas)
        expected = ((alphas[1] - alphas[0]) * sae.W_dec[neuron]).expand_as(low)
        assert_close(high - low, expected, atol=1e-4, rtol=1e-5)


@given(seed=st.integers(0, 50), token=st.integers(0, 8), neuron=st.integers(0, 23))
def test_to_the_value_it_has_nothing_changes(seed, token, neuron):
    """A token that is steered to what its neuron is anyway is the reconstruction; with the error kept, itself."""
    sae, v_td = random_sae(seed)
    codes = sae.encode(v_td)
    alpha = float(codes.to_dense()[token, neuron])
    assert_close(steer(sae, v_td, SteeringSpec(neuron, alpha))[token], sae.decode(codes)[token])
    assert_close(steer(sae, v_td, SteeringSpec(neuron, alpha, keep_error=True))[token], v_td[token])


@pytest.mark.parametrize(
    ("spec", "expected", "moved"),
    [
        # z_1 = 1.5, 0, 0 becomes 3.5, 2, 2, along (0, 1)
        (SteeringSpec(1, 2.0, mode="add"), [[3.0, 3.5], [1.0, 2.0], [-2.0, 2.0]], 3),
        # z_1 = 1.5, 0, 0 becomes 3, 0, 0
        (SteeringSpec(1, 2.0, mode="scale"), [[3.0, 3.0], [1.0, 0.0], [-2.0, 0.0]], 1),
        (SteeringSpec(1, 1.0, mode="scale"), [[3.0, 1.5], [1.0, 0.0], [-2.0, 0.0]], 0),
        # z_1 ← 4 and z_2 ← 1: the first moves by 2.5·(0, 1) + 1·(−1, 0), the last by 4·(0, 1) − 2·(−1, 0)
        (SteeringSpec(1, 4.0, also=((2, 1.0),)), [[2.0, 4.0], [0.0, 4.0], [0.0, 4.0]], 3),
        (SteeringSpec(1, 4.0, patches=(0, 2)), [[3.0, 4.0], [1.0, 0.0], [-2.0, 4.0]], 2),
        (SteeringSpec(1, 4.0, patches=()), [[3.0, 1.5], [1.0, 0.0], [-2.0, 0.0]], 0),
        (SteeringSpec(1, 4.0, True, patches=(2,)), [[3.0, 2.0], [1.5, 1.0], [-2.0, 4.0]], 1),
    ],
)
def test_other_ways_by_hand(spec, expected, moved):
    steered = apply.steer(hand_made(), VECTORS, spec)
    assert_close(steered.hidden_td, torch.tensor(expected))
    assert steered.moved == moved


def test_a_control_moves_as_far_in_another_direction():
    # z_1 ← 4 moves by 2.5, 4 and 4; z_1 ← −1 by 2.5, 1 and 1, backwards
    along = torch.tensor([0.6, 0.8])
    up, down = (apply.steer(hand_made(), VECTORS, SteeringSpec(1, alpha, along="random"), along) for alpha in (4.0, -1.0))
    assert_close(up.hidden_td, VECTORS + torch.tensor([[2.5], [4.0], [4.0]]) * along)
    assert_close(down.hidden_td, VECTORS - torch.tensor([[2.5], [1.0], [1.0]]) * along)


def test_the_direction_between_two_means_by_hand():
    with_nd, without_nd = torch.tensor([[3.0, 4.0], [5.0, 8.0]]), torch.tensor([[1.0, 2.0]])
    assert_close(diff_mean(with_nd, without_nd), torch.tensor([0.6, 0.8]))  # (4, 6) − (1, 2) = (3, 4)
    with pytest.raises(UserError, match="no direction between"):
        diff_mean(without_nd, without_nd)


@pytest.mark.parametrize(
    ("patches", "expected", "moved"),
    [
        (None, [[4.0, 4.0], [2.5, 3.0], [-1.0, 2.0]], 3),
        ((0, 2), [[4.0, 4.0], [1.5, 1.0], [-1.0, 2.0]], 2),
        ((), [[3.0, 2.0], [1.5, 1.0], [-2.0, 0.0]], 0),
    ],
)
def test_a_push_by_hand(patches, expected, moved):
    pushed = apply.push(VECTORS, torch.tensor([1.0, 2.0]), patches)
    assert_close(pushed.hidden_td, torch.tensor(expected))
    assert pushed.moved == moved


def test_random_directions_are_unit_and_told_by_their_seed():
    one, same, other = (random_direction(64, seed) for seed in (3, 3, 4))
    assert_close(one, same, rtol=0, atol=0)
    assert_close(one.norm(), torch.tensor(1.0))
    assert abs(float(one @ other)) < 0.5


def test_the_vectors_given_stay_as_they_were():
    before = VECTORS.clone()
    steer(hand_made(), VECTORS, SteeringSpec(1, 4.0))
    assert torch.equal(VECTORS, before)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (SteeringSpec(3, 1.0), "0 to 2"),
        (SteeringSpec(-1, 1.0), "0 to 2"),
        (SteeringSpec(0, float("nan")), "finite"),
        (SteeringSpec(0, 1.0, also=((9, 1.0),)), "0 to 2"),
        (SteeringSpec(0, 1.0, also=((1, float("inf")),)), "finite"),
        (SteeringSpec(0, 1.0, also=((0, 2.0),)), "one neuron twice"),
        (SteeringSpec(0, 1.0, patches=(0, 3)), "they are 0 to 2"),
        (SteeringSpec(0, 1.0, patches=(-1,)), "they are 0 to 2"),
    ],
)
def test_what_cannot_be_is_refused(spec, says):
    with pytest.raises(UserError, match=says):
        steer(hand_made(), VECTORS, spec)


def test_another_width_is_refused():
    with pytest.raises(UserError, match="2 wide, got 3"):
        steer(hand_made(), torch.zeros(4, 3), SteeringSpec(0, 1.0))


def test_the_original_dimension_that_tells_most_by_hand():
    # means 4, 0 and 1, 0.2; standard deviations of all four: of (5, 3, 2, 0) 2.08, of (0.1, −0.1, 0.2, 0.2) 0.14
    with_nd, without_nd = torch.tensor([[5.0, 0.1], [3.0, -0.1]]), torch.tensor([[2.0, 0.2], [0.0, 0.2]])
    assert_close(original_dimension(with_nd, without_nd), torch.tensor([1.0, 0.0]))  # 3 / 2.08 > 0.2 / 0.14 = 1.43
    assert_close(original_dimension(without_nd, with_nd), torch.tensor([-1.0, 0.0]))
    with pytest.raises(UserError, match="no dimension tells them apart"):
        original_dimension(torch.ones(2, 3), torch.ones(2, 3))
