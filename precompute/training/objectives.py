"""One batch's loss and its gradients, for each kind of SAE.

Gradients are written out, for they are sparse: of ω numbers per vector only the kept ones have any. What they are tested against,
the same formulas on dense matrices by autograd, is in tests/precompute/training/dense.py.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.models.codes import Codes
from explorer.models.sae import SaeConfig
from precompute.training.auxiliary import AUXILIARY_WEIGHT, auxiliary
from precompute.training.gradients import Gradients
from precompute.training.mono import mono
from precompute.training.reconstruction import reconstruct
from precompute.training.screen import best_screen
from precompute.training.selection import BatchTopK, TopK, all_positive
from precompute.training.weights import Weights


class Objective(NamedTuple):
    """One batch's losses, codes and gradients."""

    total: Float[Tensor, ""]  # the loss: R + λ · mean ‖z‖₁ + α · A + μ · d · M
    reconstruction: Float[Tensor, ""]  # R, see `reconstruction.py`
    auxiliary: Float[Tensor, ""]  # A, see `auxiliary.py`; 0 where no neuron is dead
    mono: Float[Tensor, ""]  # M, see `mono.py`; 0 where μ is
    codes: Codes
    residual_bd: Float[Tensor, "b d"]  # v − v̂
    v_bd: Float[Tensor, "b d"]  # the batch
    gradients: Weights  # of the loss; without what would change the length of decoder rows

    @property
    def r2(self) -> Float[Tensor, ""]:
        """Share of the batch's variance that is explained."""
        return 1 - self.residual_bd.square().sum() / (self.v_bd - self.v_bd.mean(0)).square().sum()


class SaeObjective:
    """The loss of one SAE's kind.

    | kind | kept of a batch | beside R |
    |---|---|---|
    | batchtopk, matryoshka | the B·k largest ReLU outputs | α · A |
    | topk | each vector's k largest | α · A |
    | relu, the plain baseline | all that are positive | λ · mean ‖z‖₁ |

    With μ > 0 each kind also has μ · d · M. The d is there because R is a sum over d numbers, and what μ stands beside in its
    authors' code is their mean; so μ means the same here.

    Args:
        config: the SAE's.
        l1: λ; of ReLU only.
        mono: μ.
        mean: over the vectors of the batch; other than their own where they are one worker's slice.
    """

    def __init__(
        self,
        config: SaeConfig,
        device: torch.device,
        l1: float = 0.0,
        mono: float = 0.0,
        mean: Callable[[Tensor], Tensor] = lambda numbers_bd: numbers_bd.mean(0),
    ) -> None:
        self._select = _selection(config, device)
        self._ends = torch.tensor(config.group_sizes, device=device).cumsum(0)
        self._mono, self._mean = mono * config.width, mean
        self._l1, self._revives = (l1, False) if config.kind == "relu" else (0.0, True)

    @torch.no_grad()
    def __call__(self, weights: Weights, v_bd: Float[Tensor, "b d"], dead_s: Bool[Tensor, " s"]) -> Objective:
        """Compute the loss of a batch and its gradients."""
        x_bd = v_bd - weights.b_dec_d
        codes = self._select(weights, x_bd)
        made = reconstruct(weights, v_bd, codes, self._ends)
        coherence, dmono = mono(codes, v_bd) if self._mono else (v_bd.new_zeros(()), 0.0)
        gradients = Gradients.of_codes(weights, made, x_bd, self._l1 / len(v_bd) + self._mono * dmono)
        penalty = codes.values.sum() / len(v_bd)
        revival = auxiliary(weights, x_bd, made.residual_bd, dead_s & self._revives, gradients, self._mean)
        total = made.loss + self._l1 * penalty + AUXILIARY_WEIGHT * revival + self._mono * coherence
        return Objective(total, made.loss, revival, coherence, codes, made.residual_bd, v_bd, gradients.of_weights(weights))


def _selection(config: SaeConfig, device: torch.device) -> Callable[[Weights, Tensor], Codes]:
    if config.kind == "relu":
        return all_positive
    return TopK(config.k) if config.kind == "topk" else BatchTopK(config.k, best_screen(device))
