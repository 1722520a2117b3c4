"""Stage 2, train: activations → an SAE (PAPER.md §1).

The seed and the step alone decide which vectors a step draws, so a killed run resumes from its last checkpoint and ends with the
same SAE. The number of threads decides in which order a step adds up numbers: SAEs of other numbers differ by rounding, which
grows over the steps. So it is recorded, a resumed run keeps it, and --threads sets it.
"""

import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from explorer.atlas.pictures import picture_hash
from explorer.models.device import best_device
from explorer.models.sae import sae_config
from explorer.models.sae.config import MATRYOSHKA_FRACTIONS, Kind
from explorer.models.sae.files import WEIGHTS, write_sae
from precompute.activations import Activations
from precompute.atomic_files import told_if_full
from precompute.engines import Engine
from precompute.options import MaybeCount, at_least
from precompute.stage_record import begin, finish
from precompute.training.board import Board, require_tensorboard
from precompute.training.checkpoint import CHECKPOINT, restore, store
from precompute.training.loader import Batches, mean_norm
from precompute.training.log import EVERY as LOG_EVERY
from precompute.training.log import Log
from precompute.training.peers import Alone
from precompute.training.ray_train import train_on_ray
from precompute.training.stopping import stopping
from precompute.training.threads import fastest, threads
from precompute.training.trainer import BATCH, Plan, Trainer
from precompute.training.usable import require_usable
from precompute.variation import require_variation

CHECKPOINT_EVERY, CHECKPOINT_SECONDS = 500, 300  # steps, or seconds where steps are slow
RECIPE = 2  # of a step; runs of an earlier one are not continued. 1 weighted the groups of Matryoshka by 1, not by 1 / G²


@dataclass(frozen=True)
class Train:
    """Train a sparse autoencoder.

    Example: python -m precompute train --activations acts --sae matryoshka --expansion 4 --k 20 --out sae
    """

    activations: Path
    """Directory that extract wrote."""
    out: Path
    """Directory to write."""
    sae: Kind = "matryoshka"
    """Kind of SAE: BatchTopK in Matryoshka groups, plain BatchTopK, TopK, or ReLU with an L1 penalty."""
    expansion: float = 4
    """Width ω as a multiple of the activations' width."""
    k: int = 20
    """Neurons active per vector: of BatchTopK on average, of TopK always; of ReLU --l1 decides."""
    fractions: tuple[float, ...] = MATRYOSHKA_FRACTIONS
    """Of Matryoshka: share of the neurons of each group, the coarsest first."""
    l1: float = 0.1
    """Of ReLU: weight of the L1 penalty, for vectors of unit mean square norm."""
    mono: float = 0.0
    """Weight of MonoLoss (arXiv 2602.12403), which rewards neurons whose vectors of a batch are alike; its authors' is 3e-4."""
    steps: MaybeCount = None
    """Default: the paper's 320 epochs, at least 5,000 and at most 100,000."""
    batch_size: int = BATCH
    """Vectors per step; at most an eighth of all."""
    seed: int = 0
    """Seed of the initial weights and of the order of the vectors."""
    threads: int = 0
    """Threads of a step. 0: one or all cores, whichever a few steps are faster with; a resumed run keeps what it had. SAEs of
    other numbers differ by rounding."""
    engine: Engine = "local"
    """Where it runs: in this process, or data-parallel on a Ray cluster (RAY_ADDRESS, or one on this machine) with one disk."""
    actors: int = 2
    """Ray processes, each with a slice of every batch, and a GPU if the cluster has any."""
    tensorboard: bool = False
    """Write the log's numbers for TensorBoard, too, into OUT/tensorboard; needs the package `tensorboard`."""
    force: bool = False
    """Replace what another run left in --out."""


def run(config: Train) -> None:
    """Train an SAE into `config.out`; resumes after a kill.

    Raises:
        UserError: if the activations do not exist or cannot be trained on, an SAE cannot have this shape, or TensorBoard is asked
            for and not installed.
    """
    at_least(1, steps=config.steps, batch_size=config.batch_size, k=config.k, actors=config.actors)
    at_least(0, threads=config.threads, mono=config.mono, l1=config.l1)
    if config.tensorboard:
        require_tensorboard()
    activations = Activations(config.activations)
    sae_config(config.sae, activations.width, config.expansion, config.k, config.fractions)
    require_variation(activations)
    require_usable(activations)
    plan = _plan(config, activations)
    if not begin(config.out, "train", _request(config, activations, plan), force=config.force):
        print(f"train: {config.out} is finished already")
        return
    if config.engine == "ray":
        train_on_ray(partial(_fit, config), config.actors, plan.steps, config.out)
    else:
        _fit(config, Alone())


def _fit(config: Train, peers: Alone) -> None:
    """Train as one of the workers of a run; the first writes what is kept."""
    activations = Activations(config.activations)
    shape = sae_config(config.sae, activations.width, config.expansion, config.k, config.fractions)
    plan = _plan(config, activations)
    with threads(1):  # whatever the steps take
        batches = Batches(activations, plan.batch, config.seed, ahead=best_device().type != "cpu")
        trainer = Trainer(shape, plan, batches, mean_norm(activations), best_device(), config.l1, config.mono, peers)
    start, before = restore(config.out, trainer)
    count = config.threads or (1 if peers.count > 1 else before or _faster(trainer))
    with threads(count):
        _train(config, trainer, start)
    if peers.rank == 0:
        _finish(config, trainer, count)


def _finish(config: Train, trainer: Trainer, count: int) -> None:
    with told_if_full(config.out / WEIGHTS):
        write_sae(trainer.finished(), config.out)
    weights = picture_hash((config.out / WEIGHTS).read_bytes())
    finish(
        config.out,
        {"sha256": weights, "dead_in_training": int(trainer.dead.sum()), "threads": count, "workers": trainer.peers.count},
    )
    (config.out / CHECKPOINT).unlink(missing_ok=True)


def _train(config: Train, trainer: Trainer, start: int) -> None:
    """Do the steps from `start` on.

    Raises:
        KeyboardInterrupt: if a signal asked to end; everything so far is kept.
    """
    steps, log, first = trainer.plan.steps, Log(config.out, start), trainer.peers.rank == 0
    board = Board(config.out, start) if config.tensorboard and first else None
    saved = logged = time.monotonic()
    bar = tqdm(total=steps, initial=start, unit="step", desc=f"train {config.sae}", dynamic_ncols=True, disable=not first)
    with stopping() as stop, bar:
        for step in range(start + 1, steps + 1):
            objective, now = trainer.step(step - 1), time.monotonic()
            bar.update()
            if step % LOG_EVERY == 0:
                row = log.add(step, objective, int(trainer.dead.sum()), (now - logged) / LOG_EVERY)
                bar.set_postfix(r2=f"{row.r2:.3f}", l0=f"{row.l0:.1f}", dead=row.dead)
                logged = now
                if board:
                    board.add(row)
                if first and trainer.peers.count > 1:  # the process that waits for the workers follows it
                    log.write()
            if first and (step % CHECKPOINT_EVERY == 0 or now - saved > CHECKPOINT_SECONDS or stop.asked):
                log.write()
                store(config.out, trainer, step)
                saved = now
            if stop.asked and step < steps:
                raise KeyboardInterrupt
    if first:
        log.write()


def _faster(trainer: Trainer) -> int:
    """The number of threads that a step is faster with; on a GPU threads hardly matter, and nothing is measured."""
    if trainer.silent.device.type != "cpu":
        return torch.get_num_threads()
    chosen, seconds = fastest(trainer)
    took = ", ".join(f"{1000 * time:,.0f} ms with {count}" for count, time in seconds.items())
    print(f"train: threads: {chosen}; a step takes {took}")
    return chosen


def request(config: Train) -> dict[str, Any]:
    """Return what decides the SAE: equal requests, SAEs that are equal but for the rounding of other numbers of threads.

    Raises:
        UserError: if the activations do not exist.
    """
    activations = Activations(config.activations)
    return _request(config, activations, _plan(config, activations))


def _plan(config: Train, activations: Activations) -> Plan:
    return Plan.of(len(activations), config.batch_size, config.steps, config.seed)


def _request(config: Train, activations: Activations, plan: Plan) -> dict[str, Any]:
    return {
        "activations": activations.record["request"],
        "sae": config.sae,
        "expansion": config.expansion,
        "k": config.k,
        "steps": plan.steps,
        "batch_size": plan.batch,
        "seed": config.seed,
        "recipe": RECIPE,
    } | _of_kind(config)


def _of_kind(config: Train) -> dict[str, Any]:
    """Options that not every SAE has, where they are not the defaults."""
    own: dict[str, Any] = {"mono": config.mono} if config.mono else {}
    if config.sae == "matryoshka" and config.fractions != MATRYOSHKA_FRACTIONS:
        return own | {"fractions": list(config.fractions)}
    return own | {"l1": config.l1} if config.sae == "relu" else own
