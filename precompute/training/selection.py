"""Selection: the B·K largest of all ReLU outputs of a batch, or each vector's K largest, without a dense matrix of codes.

After the encoder's product only K of ω numbers per vector matter. A batch's smallest kept number changes little from one step to
the next, so a guess below the last one leaves a few more entries than are kept, found by a comparison instead of a top-k of B·ω
numbers. If the guess leaves too few, a top-k finds a lower one. What is kept does not depend on the guess.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.models.codes import Codes
from precompute.training.screen import Floor, Screen, at_a_time, screen_fp32
from precompute.training.weights import Weights, pre_acts

CAUTION = 0.96  # of the last cut: the guess. Lower, and more entries are looked at; higher, and it fails more often
SLACK = 2**-20  # of ‖x‖·‖w‖: two ways to add up one product in float32 differ by less


class BatchTopK:
    """Keeps the B·k largest positive ReLU outputs of a batch of B vectors (arXiv 2412.06410).

    Args:
        k: neurons kept per vector, on average.
        screen: finds the entries that are large enough.
    """

    def __init__(self, k: int, screen: Screen) -> None:
        self.k, self.screen = k, screen
        self.guess: Floor | None = None  # the smallest kept number is likely to be above it; None: nothing is known yet

    def __call__(self, weights: Weights, x_bd: Float[Tensor, "b d"]) -> Codes:
        """The codes of x = v − b_dec."""
        count = min(self.k * len(x_bd), len(x_bd) * len(weights.W_enc_sd))
        codes = None if self.guess is None else self.screen(weights, x_bd, self.guess)
        if codes is None or len(codes.values) < count:
            codes = self.screen(weights, x_bd, _floor(weights, x_bd, count))
        if len(codes.values) > count:
            codes = _only(codes, codes.values.topk(count, sorted=False).indices.sort().values)
        self.guess = CAUTION * codes.values.min() if len(codes.values) == count else 0.0
        return codes


class TopK:
    """Keeps every vector's k largest positive ReLU outputs (arXiv 2406.04093)."""

    def __init__(self, k: int) -> None:
        self.k = k

    def __call__(self, weights: Weights, x_bd: Float[Tensor, "b d"]) -> Codes:
        """The codes of x = v − b_dec."""
        acts, neurons = [], []
        for block_bd in x_bd.split(at_a_time(x_bd, len(weights.W_enc_sd))):
            largest = pre_acts(weights, block_bd).relu_().topk(self.k, dim=1)
            order = largest.indices.argsort(1)
            acts.append(largest.values.gather(1, order))
            neurons.append(largest.indices.gather(1, order))
        kept_bk = torch.cat(acts) > 0
        starts = F.pad(kept_bk.sum(1).cumsum(0), (1, 0))
        return Codes(starts, torch.cat(neurons)[kept_bk], torch.cat(acts)[kept_bk], len(weights.W_enc_sd))


def all_positive(weights: Weights, x_bd: Float[Tensor, "b d"]) -> Codes:
    """All positive ReLU outputs: the plain baseline, sparse only once a penalty has made it so."""
    return screen_fp32(weights, x_bd, 0.0)


def _only(codes: Codes, entries: Tensor) -> Codes:
    """Only some entries, which ascend."""
    return Codes(torch.searchsorted(entries, codes.starts), codes.neurons[entries], codes.values[entries], codes.width)


def _floor(weights: Weights, x_bd: Float[Tensor, "b d"], count: int) -> float:
    """A number that `count` ReLU outputs reach, just below the smallest of the `count` largest; 0 where fewer are positive."""
    largest = x_bd.new_zeros(0)
    for block_bd in x_bd.split(at_a_time(x_bd, len(weights.W_enc_sd))):
        acts = pre_acts(weights, block_bd).relu_().flatten()
        largest = torch.cat([largest, acts.topk(min(count, len(acts)), sorted=False).values])
        largest = largest.topk(min(count, len(largest)), sorted=False).values
    slack = SLACK * x_bd.norm(dim=1).amax() * weights.W_enc_sd.norm(dim=1).amax()
    return max(0.0, (largest.min() - slack).item())
