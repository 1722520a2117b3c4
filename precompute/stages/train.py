"""Stage 2, train: activations → an SAE (PAPER.md §1).

Vectors are drawn epoch by epoch in an order that the seed and the step alone decide, so that a killed run goes on from its
last checkpoint to the same SAE. Activations are scaled to unit mean square norm for training, which makes learning rate and
clipping independent of the encoder; the scale is folded back into the SAE at the end.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from explorer.atlas.pictures import picture_hash
from explorer.models.sae import WEIGHTS, SaeConfig, SparseAutoencoder, sae_config
from precompute.activations import Activations
from precompute.options import MaybeCount, at_least
from precompute.stage_record import begin, finish
from precompute.training.checkpoint import restore, store
from precompute.training.objectives import Objective, sae_objective

EPOCHS, MIN_STEPS, MAX_STEPS = 320, 5_000, 100_000  # the paper's 10⁵ steps of 4,096 are 320 epochs of ImageNet
WARM_UP = 1_000  # steps, for the learning rate; the threshold is learnt from there on
DEAD_AFTER = 10_000_000  # vectors without firing
BETA = 0.999  # of the threshold's moving average
CHECKPOINT_EVERY = 500  # steps


@dataclass(frozen=True)
class Train:
    """Train a sparse autoencoder.

    Example: python -m precompute train --activations acts --sae matryoshka --expansion 4 --k 20 --out sae
    """

    activations: Path
    """Directory that extract wrote."""
    out: Path
    """Directory to write."""
    sae: Literal["matryoshka", "batchtopk"] = "matryoshka"
    """Kind of SAE."""
    expansion: float = 4
    """Width ω as a multiple of the activations' width."""
    k: int = 20
    """Neurons active per vector, on average."""
    steps: MaybeCount = None
    """Default: the paper's 320 epochs, at least 5,000 and at most 100,000."""
    batch_size: int = 4096
    """Vectors per step; at most an eighth of all."""
    seed: int = 0
    """Of the start and the order of the vectors."""
    force: bool = False
    """Replace what another run left in --out."""


def run(ask: Train) -> None:
    """Do what is asked.

    Raises:
        UserError: if the activations are not there, or no SAE of that shape can be.
    """
    at_least(1, steps=ask.steps, batch_size=ask.batch_size, k=ask.k)
    activations = Activations(ask.activations)
    plan = Plan.of(ask, activations)
    config = sae_config(ask.sae, activations.width, ask.expansion, ask.k)
    request = {
        "activations": activations.record["request"],
        "sae": ask.sae,
        "expansion": ask.expansion,
        "k": ask.k,
        "steps": plan.steps,
        "batch_size": plan.batch,
        "seed": ask.seed,
    }
    if not begin(ask.out, "train", request, force=ask.force):
        print(f"train: {ask.out} is finished already")
        return
    trainer = Trainer(config, plan, activations, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    start = restore(ask.out, trainer)
    with tqdm(total=plan.steps, initial=start, unit="step", desc=f"train {ask.sae}", dynamic_ncols=True) as bar:
        for step in range(start, plan.steps):
            objective = trainer.step(step)
            bar.update()
            if (step + 1) % CHECKPOINT_EVERY == 0:
                bar.set_postfix(loss=f"{objective.reconstruction.item():.3f}", dead=int(trainer.dead.sum()))
                store(ask.out, trainer, step + 1)
    sae = trainer.finished()
    sae.save(ask.out)
    finish(ask.out, {"sha256": picture_hash((ask.out / WEIGHTS).read_bytes()), "dead_in_training": int(trainer.dead.sum())})
    (ask.out / "checkpoint.safetensors").unlink(missing_ok=True)


@dataclass(frozen=True)
class Plan:
    """Sizes of a run, all settled before it begins."""

    steps: int
    batch: int
    warm_up: int
    dead_after: int
    """Vectors without firing after which a neuron counts as dead."""
    seed: int

    @classmethod
    def of(cls, ask: Train, activations: Activations) -> "Plan":
        """The paper's sizes, scaled down where the image set is smaller than ImageNet."""
        vectors = len(activations)
        batch = max(1, min(ask.batch_size, vectors // 8))
        steps = ask.steps or min(MAX_STEPS, max(MIN_STEPS, EPOCHS * vectors // batch))
        return cls(steps, batch, min(WARM_UP, steps // 5), min(DEAD_AFTER, steps * batch // 40), ask.seed)


class Trainer:
    """One SAE in training: `step(n)` does step n, `finished()` gives the SAE in the activations' own unit."""

    def __init__(self, config: SaeConfig, plan: Plan, activations: Activations, device: torch.device) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.activations = plan, activations
        self._order = lru_cache(maxsize=1)(self._shuffled)
        self.sae = SparseAutoencoder(config).to(device)
        self.scale = self._mean_norm()
        with torch.no_grad():
            self.sae.b_dec.copy_(geometric_median(self._batch(0)))
        # PAPER.md §1: the authors' code has 2e-4 / √(ω / 2^14)
        self.rate = 2e-4 / (config.neurons / 2**14) ** 0.5
        self.optimizer = torch.optim.Adam(self.sae.parameters(), lr=self.rate, fused=True)
        self.silent = torch.zeros(config.neurons, dtype=torch.int64, device=device)  # vectors since each neuron fired

    @property
    def dead(self) -> Tensor:
        return self.silent >= self.plan.dead_after

    def step(self, step: int) -> Objective:
        """Draw the step's batch, and move the parameters and the threshold."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * min(1.0, (step + 1) / max(1, self.plan.warm_up))
        objective = sae_objective(self.sae, self._batch(step), self.dead)
        self.optimizer.zero_grad(set_to_none=True)
        objective.total.backward()
        self._keep_unit_directions()
        torch.nn.utils.clip_grad_norm_(self.sae.parameters(), 1.0)
        self.optimizer.step()
        self._renormalise()
        self._count_silence(objective)
        if step >= self.plan.warm_up:
            self._learn_threshold(objective)
        return objective

    def finished(self) -> SparseAutoencoder:
        """The SAE, its biases and threshold scaled back to the activations' unit (the map is homogeneous in them)."""
        with torch.no_grad():
            for tensor in (self.sae.b_enc, self.sae.b_dec, self.sae.threshold):
                tensor.mul_(self.scale)
        return self.sae

    def _batch(self, step: int) -> Float[Tensor, "b d"]:
        """Batch number `step` of an endless stream of epochs, each in an order of its own."""
        size, total = self.plan.batch, len(self.activations)
        epoch, place = divmod(step, total // size)
        which = self._order(epoch)[place * size : (place + 1) * size]
        return self.activations.vectors(which).to(self.sae.W_dec.device) / self.scale

    def _shuffled(self, epoch: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.plan.seed * 1_000_003 + epoch)
        return torch.randperm(len(self.activations), generator=generator)

    def _mean_norm(self) -> float:
        """Root of the mean square norm of the vectors, over at most 65,536 of them."""
        which = torch.linspace(0, len(self.activations) - 1, min(2**16, len(self.activations))).long()
        return self.activations.vectors(which).square().sum(1).mean().sqrt().clamp(min=1e-12).item()

    @torch.no_grad()
    def _keep_unit_directions(self) -> None:
        """Drop the part of the decoder's gradient that would only change the rows' length."""
        gradient, rows = self.sae.W_dec.grad, self.sae.W_dec
        assert gradient is not None
        gradient -= (gradient * rows).sum(1, keepdim=True) * rows

    @torch.no_grad()
    def _renormalise(self) -> None:
        self.sae.W_dec.div_(self.sae.W_dec.norm(dim=1, keepdim=True).clamp(min=1e-12))

    @torch.no_grad()
    def _count_silence(self, objective: Objective) -> None:
        self.silent += self.plan.batch
        self.silent[objective.codes.neurons] = 0

    @torch.no_grad()
    def _learn_threshold(self, objective: Objective) -> None:
        """Moving average of the smallest kept activation; starts at the first value rather than at 0."""
        smallest = objective.codes.values.min() if len(objective.codes.values) else self.sae.threshold
        first = self.sae.threshold == 0
        self.sae.threshold.copy_(torch.where(first, smallest, torch.lerp(smallest, self.sae.threshold, BETA)))


def geometric_median(v_bd: Float[Tensor, "b d"], rounds: int = 100) -> Float[Tensor, " d"]:
    """The point of least summed distance to the vectors, by Weiszfeld's iteration."""
    median = v_bd.mean(0)
    for _ in range(rounds):
        weight = 1 / (v_bd - median).norm(dim=1).clamp(min=1e-8)
        moved = (v_bd * weight[:, None]).sum(0) / weight.sum()
        if (moved - median).norm() <= 1e-6 * moved.norm():
            return moved
        median = moved
    return median
