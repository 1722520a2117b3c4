"""The trainer: one SAE, its optimizer, and the step that moves them (PAPER.md §1).

Activations are scaled to unit mean square norm for training, which makes learning rate and clipping independent of the encoder;
the scale is folded back into the SAE at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.errors import UserError
from explorer.models.sae import SaeConfig, SparseAutoencoder
from precompute.training.objectives import Objective, SaeObjective
from precompute.training.peers import Alone
from precompute.training.weights import Weights, to_unit_length

EPOCHS, MIN_STEPS, MAX_STEPS = 320, 5_000, 100_000  # the paper's 10⁵ steps of 4,096 are 320 epochs of ImageNet
BATCH = 4096  # vectors a step, PAPER.md §1
WARM_UP = 1_000  # steps, for the learning rate; the threshold is learnt from there on
DEAD_AFTER = 10_000_000  # vectors without firing
BETA = 0.999  # of the threshold's moving average


@dataclass(frozen=True)
class Plan:
    """Sizes of a run, all fixed before it begins."""

    steps: int
    batch: int
    warm_up: int
    dead_after: int
    """Vectors without firing after which a neuron counts as dead."""
    seed: int

    @classmethod
    def of(cls, vectors: int, batch_size: int, steps: int | None, seed: int) -> "Plan":
        """The paper's sizes, scaled down where the image set is smaller than ImageNet.

        Args:
            vectors: number of vectors to train on.
            steps: None: as many as the paper's number of epochs takes.
        """
        batch = max(1, min(batch_size, vectors // 8))
        steps = steps or min(MAX_STEPS, max(MIN_STEPS, EPOCHS * vectors // batch))
        return cls(steps, batch, min(WARM_UP, steps // 5), min(DEAD_AFTER, steps * batch // 40), seed)


class Trainer:
    """One SAE in training: `step(n)` does step n, `finished()` returns the SAE in the activations' own unit.

    Args:
        config: shape of the SAE.
        plan: sizes of the run.
        vectors: gives the batch of a step.
        scale: root of the mean square norm of the vectors.
        device: to compute on.
        l1: weight of the L1 penalty, of ReLU only.
        mono: weight of MonoLoss.
        peers: the other workers that make the same steps, each on its slice of the batches.
    """

    def __init__(
        self,
        config: SaeConfig,
        plan: Plan,
        vectors: Callable[[int], Tensor],
        scale: float,
        device: torch.device,
        l1: float = 0.0,
        mono: float = 0.0,
        peers: Alone | None = None,
    ) -> None:
        torch.manual_seed(plan.seed)
        self.config, self.plan, self.vectors, self.scale, self.peers = config, plan, vectors, scale, peers or Alone()
        self.weights = Weights.of(SparseAutoencoder(config).to(device))
        self.objective = SaeObjective(config, device, l1, mono, self.peers.mean)
        self.weights.b_dec_d.copy_(geometric_median(self._batch(0)))
        # PAPER.md §1: the authors' code has 2e-4 / √(ω / 2^14)
        self.rate = 2e-4 / (config.neurons / 2**14) ** 0.5
        self.optimizer = torch.optim.Adam(self.weights, lr=self.rate, fused=True)
        self.threshold = torch.zeros((), device=device)
        self.silent = torch.zeros(config.neurons, dtype=torch.int64, device=device)  # vectors since each neuron fired

    @property
    def dead(self) -> Tensor:
        return self.silent >= self.plan.dead_after

    def step(self, step: int) -> Objective:
        """Draw the step's batch and update the weights and the threshold.

        Raises:
            UserError: if the loss is not finite; nothing is updated then.
        """
        objective = self.objective(self.weights, self.peers.mine(self._batch(step)), self.dead)
        objective = self.peers.merged(objective, self.plan.batch)
        if not objective.total.isfinite():
            raise UserError(
                f"step {step + 1:,}: the loss is no longer a number, so no SAE is written and the last checkpoint is kept; "
                "look for vectors far larger than the others, or set another --seed"
            )
        self._descend(objective.gradients, self.rate * min(1.0, (step + 1) / max(1, self.plan.warm_up)))
        self.silent += self.plan.batch
        self.silent[self.peers.any(self._fired(objective))] = 0
        if step >= self.plan.warm_up:
            self._learn_threshold(objective.codes.values)
        return objective

    def rehearse(self) -> None:
        """Compute the loss and the gradients of the first batch and drop them: a step's work, without what it teaches."""
        self.objective(self.weights, self.peers.mine(self._batch(0)), self.dead)

    def finished(self) -> SparseAutoencoder:
        """Return the SAE, scaled back to the activations' unit; how many neurons of a ReLU are active is counted, not set."""
        config = self.config
        if config.kind == "relu":
            codes = self.objective(self.weights, self._batch(0), self.dead).codes
            config = replace(config, k=max(1, round(len(codes.values) / len(codes))))
        return self.weights.sae(config, self.scale, self.threshold)

    def _fired(self, objective: Objective) -> Bool[Tensor, " s"]:
        fired_s = torch.zeros_like(self.silent, dtype=torch.bool)
        fired_s[objective.codes.neurons] = True
        return fired_s

    def _batch(self, step: int) -> Float[Tensor, "b d"]:
        return self.vectors(step).to(self.weights.b_dec_d.device) / self.scale

    def _descend(self, gradients: Weights, rate: float) -> None:
        """One step of Adam, gradients clipped at norm 1; decoder rows keep unit norm."""
        norm = torch.nn.utils.get_total_norm(gradients)
        self.optimizer.grad_scale = norm.clamp(min=1)  # pyright: ignore[reportAttributeAccessIssue]  # Adam divides: one pass less
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight.grad = gradient
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        to_unit_length(self.weights.W_dec_sd)

    def _learn_threshold(self, kept: Float[Tensor, " entries"]) -> None:
        """Moving average of the smallest kept activation; starts at the first value rather than at 0."""
        if self.config.kind in ("topk", "relu"):
            return
        least = self.peers.least(kept.min() if len(kept) else torch.full_like(self.threshold, torch.inf))
        learnt = torch.where(self.threshold == 0, least, torch.lerp(least, self.threshold, BETA))
        self.threshold.copy_(torch.where(least.isfinite(), learnt, self.threshold))


def geometric_median(v_bd: Float[Tensor, "b d"], rounds: int = 100) -> Float[Tensor, " d"]:
    """Return the point of least summed distance to the vectors, by Weiszfeld's iteration."""
    median = v_bd.mean(0)
    for _ in range(rounds):
        weight = 1 / (v_bd - median).norm(dim=1).clamp(min=1e-8)
        moved = (v_bd * weight[:, None]).sum(0) / weight.sum()
        if (moved - median).norm() <= 1e-6 * moved.norm():
            return moved
        median = moved
    return median
