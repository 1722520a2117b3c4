"""Steering: neurons of an image's codes are set to chosen values (PAPER.md §5; arXiv 2504.02821v3, section 5)."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import VisitorError
from explorer.models.codes import Codes
from explorer.models.sae import SparseAutoencoder
from explorer.models.steering.spec import SteeringSpec


class Steered(NamedTuple):
    """Hidden states that were steered."""

    hidden_td: Tensor
    moved: int
    """Tokens that the neurons' values changed; at 0 the language model is shown nothing that was steered."""


def steer(
    sae: SparseAutoencoder, v_td: Float[Tensor, "t d"], spec: SteeringSpec, along_d: Float[Tensor, " d"] | None = None
) -> Steered:
    """z = encode(v);  z_k ← α for each neuron k;  decode(z) = v̂ + Σ_k (α − z_k) W_dec[k].

    With `keep_error` it is v, not v̂, that is moved. A control moves v along a direction u as far as the neurons would:
    v + s ‖Σ_k (α − z_k) W_dec[k]‖ u, where s is the sign of Σ_k (α − z_k).

    Args:
        sae: on the device of the vectors.
        v_td: hidden states at its tap, one row a token.
        along_d: the control's direction, of unit length; None where the spec asks for no control.

    Raises:
        UserError: if the SAE has no such neuron, α is not finite, there is no such patch, or the vectors are not as wide as the
            SAE reads.
    """
    _check(sae, len(v_td), spec)
    codes = sae.encode(v_td)
    moves_tk = _moves(codes, len(v_td), spec, v_td.device)
    step_td = moves_tk @ sae.W_dec[[neuron for neuron, _ in spec.settings]]
    moved = int((step_td != 0).any(1).sum())
    if along_d is not None:
        lengths_t = step_td.norm(dim=1) * moves_tk.sum(1).sign()
        return Steered(v_td + lengths_t[:, None] * along_d, moved)
    return Steered((v_td if spec.keep_error else sae.decode(codes)) + step_td, moved)


def push(v_td: Float[Tensor, "t d"], step_d: Float[Tensor, " d"], patches: Sequence[int] | None) -> Steered:
    """v + step on the tokens of some patches, all if None; no SAE is in between."""
    chosen_t = torch.ones(len(v_td), device=v_td.device)
    if patches is not None:
        chosen_t = torch.zeros_like(chosen_t).index_fill(0, torch.tensor(patches, dtype=torch.long, device=v_td.device), 1.0)
    return Steered(v_td + chosen_t[:, None] * step_d, int(chosen_t.sum()) if step_d.any() else 0)


def _moves(codes: Codes, tokens: int, spec: SteeringSpec, device: torch.device) -> Float[Tensor, "t k"]:
    """How much each neuron's activation changes on each token."""
    moves = []
    for neuron, alpha in spec.settings:
        fires = codes.neurons == neuron
        z_t = torch.zeros(tokens, device=device).index_put((codes.rows[fires],), codes.values[fires])
        new_t = {"clamp": torch.full_like(z_t, alpha), "add": z_t + alpha, "scale": alpha * z_t}[spec.mode]
        moves.append(new_t - z_t)
    moves_tk = torch.stack(moves, dim=1)
    if spec.patches is None:
        return moves_tk
    chosen_t = torch.zeros(tokens, device=device)
    chosen_t[list(spec.patches)] = 1
    return moves_tk * chosen_t[:, None]


def _check(sae: SparseAutoencoder, tokens: int, spec: SteeringSpec) -> None:
    last = sae.config.neurons - 1
    for neuron, alpha in spec.settings:
        if not 0 <= neuron <= last:
            raise VisitorError(f"asked to steer neuron {neuron}, but this SAE has 0 to {last}: choose one of them")
        if not isfinite(alpha):
            raise VisitorError(f"asked to set neuron {neuron} to {alpha}: choose a finite number")
    numbers = [neuron for neuron, _ in spec.settings]
    if len(set(numbers)) < len(numbers):
        raise VisitorError("asked to set one neuron twice: give each neuron once")
    if spec.patches is not None and not all(0 <= patch < tokens for patch in spec.patches):
        raise VisitorError(f"asked to steer a patch that is not there: they are 0 to {tokens - 1}")
