"""The paper's largest training step on a GPU, Matryoshka ×64 at 4,096 vectors 1,024 wide, beside `dictionary_learning`'s.

    pip install --no-deps --target PEERS -r requirements-bench.txt
    python -m tests.bench.train_gpu --peers PEERS --json

Needs of this project's requirements no more than training does, and a GPU of 60 GB. First codes and gradients are held against
the dense formulas in float64 on that GPU, for weights that some steps have moved. Then the steps take turns, on vectors that are
on the GPU already; times are medians of wall time, the GPU waited for.
`step_ms`: ours; `peer_step_ms`: theirs as it comes, in float32; `peer_tf32_step_ms`: theirs with products in TF32, which rounds
    where ours does not; `speedup`: theirs as it comes over ours; `dead10_…`: the same with a tenth of the neurons dead.
`sustained_step_ms`: mean over a run of its own that learns, where some neurons fire on many vectors and most on few;
    `projected_minutes`: of 110,000 such steps; `fed_step_ms`: the same steps with vectors from shards on disk.
`max_gradient_error`: relative to each tensor's largest; `codes_identical_share`: of the dense formulas' kept entries.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.models.sae import SaeConfig, sae_config
from precompute.activations import Activations
from precompute.training.loader import Batches
from precompute.training.screen import best_screen
from precompute.training.trainer import Plan, Trainer
from precompute.training.weights import Weights
from tests.bench.peers import Stepper, ours, theirs
from tests.precompute.making import save_activations
from tests.precompute.training.dense import dense_objective, kept

PAPER_STEPS, POOL, ACTIVE = 110_000, 64, 24  # PAPER.md §1; batches that are drawn before the clock starts; directions of a vector


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--peers", type=Path, required=True, help="directory that requirements-bench.txt was installed into")
    ask.add_argument("--json", action="store_true", help="one line of JSON")
    ask.add_argument("--profile", action="store_true", help="also the kernels of a step, on stderr")
    ask.add_argument("--device", default="cuda")
    for name, value in {"width": 1024, "expansion": 64, "batch": 4096, "k": 20, "steps": 15, "sustained": 1500}.items():
        ask.add_argument(f"--{name}", type=int, default=value)
    return ask.parse_args()


class Vectors:
    """Batches of sums of directions, of which some come often and most seldom, about a common mean; unit mean square norm."""

    def __init__(self, ask: argparse.Namespace) -> None:
        draw = torch.Generator(ask.device).manual_seed(0)
        directions = F.normalize(torch.randn(16 * ask.width, ask.width, generator=draw, device=ask.device), dim=1)
        self._pool = [self._batch(directions, draw, ask) for _ in range(POOL)]

    def __call__(self, step: int) -> Tensor:
        return self._pool[step % POOL]

    def _batch(self, directions: Tensor, draw: torch.Generator, ask: argparse.Namespace) -> Tensor:
        chance, strength = torch.rand(2, ask.batch, ACTIVE, generator=draw, device=ask.device)
        which = (chance**3 * len(directions)).long()  # the first thousandth is a tenth of all
        v_bd = F.embedding_bag(which, directions, per_sample_weights=strength, mode="sum") + directions[-1]
        v_bd += 0.02 * torch.randn(v_bd.shape, generator=draw, device=ask.device)
        return v_bd / v_bd.square().sum(1).mean().sqrt()


def shape(ask: argparse.Namespace) -> SaeConfig:
    return sae_config("matryoshka", ask.width, ask.expansion, ask.k)


def mine(ask: argparse.Namespace, vectors: Vectors, warm_up: int = 1_000) -> Stepper:
    plan = Plan(PAPER_STEPS, ask.batch, warm_up, 10_000_000, 0)
    return ours(best_screen(torch.device(ask.device)), shape(ask), plan, vectors(0))


@contextmanager
def tf32(on: bool) -> Iterator[None]:
    torch.set_float32_matmul_precision("high" if on else "highest")
    yield
    torch.set_float32_matmul_precision("highest")


def waited_for(ask: argparse.Namespace) -> float:
    if ask.device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def exact(ask: argparse.Namespace, vectors: Vectors) -> dict[str, float]:
    """Codes and gradients against the dense formulas, after steps at a rate that moves the weights."""
    step, _, trainer = mine(ask, vectors, warm_up=1)
    for number in range(10):
        step(number, vectors(number))
    v_bd, weights = vectors(10), Weights(*(tensor.double() for tensor in trainer.weights))
    found = trainer.objective(trainer.weights, v_bd, trainer.dead)
    selected = found.codes.to_dense() > 0
    relu = torch.relu((v_bd.double() - weights.b_dec_d) @ weights.W_enc_sd.T + weights.b_enc_s)
    share = (selected & (kept(relu, trainer.config) > 0)).sum().item() / (ask.k * ask.batch)
    del relu
    dense = dense_objective(weights, v_bd.double(), trainer.dead, trainer.config, selected=selected)
    errors = [float((a - b).abs().max() / b.abs().max()) for a, b in zip(found.gradients, dense.gradients, strict=True)]
    return {"max_gradient_error": max(errors), "codes_identical_share": share}


def turns(ask: argparse.Namespace, vectors: Vectors, dead: int) -> dict[str, float]:
    """Milliseconds of a step of each side, taking turns."""
    plan = Plan(PAPER_STEPS, ask.batch, 1_000, 10_000_000, 0)
    peer = theirs(ask.peers, shape(ask), plan, ask.device)
    sides = {"step_ms": mine(ask, vectors), "peer_step_ms": peer, "peer_tf32_step_ms": peer}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(ask.steps + 3):
        for name, (step, kill, _) in sides.items():
            if dead:
                kill(dead)
            with tf32(name == "peer_tf32_step_ms"):
                start = waited_for(ask)
                step(number, vectors(number))
                taken[name].append(1e3 * (waited_for(ask) - start))
    return {name: median(times[3:]) for name, times in taken.items()}  # the first have no guess, and no memory yet


def sustained(ask: argparse.Namespace, vectors: Vectors) -> dict[str, float]:
    """Milliseconds of a step along a run, and what the run did."""
    step, _, trainer = mine(ask, vectors, warm_up=100)
    warm = min(100, ask.sustained // 2)
    for number in range(warm):
        step(number, vectors(number))
    start = waited_for(ask)
    for number in range(warm, ask.sustained):
        step(number, vectors(number))
    taken = 1e3 * (waited_for(ask) - start) / (ask.sustained - warm)
    if ask.profile:
        profiled(lambda: step(ask.sustained, vectors(0)))
    objective = trainer.objective(trainer.weights, vectors(0), trainer.dead)
    often = torch.bincount(objective.codes.neurons).max().item() / ask.batch
    return {"sustained_step_ms": taken, "projected_minutes": PAPER_STEPS * taken / 60e3} | {
        "sustained_r2": objective.r2.item(),
        "sustained_most_often": often,
    }


def fed(ask: argparse.Namespace, vectors: Vectors) -> dict[str, float]:
    """Milliseconds of a step whose vectors come from disk, windows included: two epochs of 32 batches."""
    with tempfile.TemporaryDirectory() as directory:
        all_nd = torch.cat([vectors(number) for number in range(32)]).cpu()
        activations = Activations(save_activations(Path(directory) / "acts", all_nd[:, None], shard=1024))
        batches = Batches(activations, ask.batch, seed=0, ahead=True)
        trainer = Trainer(shape(ask), Plan(PAPER_STEPS, ask.batch, 100, 10_000_000, 0), batches, 1.0, torch.device(ask.device))
        for number in range(32):
            trainer.step(number)
        start = waited_for(ask)
        for number in range(32, 96):
            trainer.step(number)
        return {"fed_step_ms": 1e3 * (waited_for(ask) - start) / 64}


def profiled(step: Callable[[], object]) -> None:
    """Print what the kernels of a step take."""
    with torch.profiler.profile() as profile:
        step()
    for row in sorted(profile.key_averages(), key=lambda row: -row.self_device_time_total)[:40]:
        print(f"{row.self_device_time_total / 1e3:8.3f} ms {row.count:4d} {row.key[:110]}", file=sys.stderr)


def main() -> None:
    ask = arguments()
    vectors = Vectors(ask)
    found = exact(ask, vectors)
    print(found, file=sys.stderr, flush=True)
    alive = turns(ask, vectors, dead=0)
    print(alive, file=sys.stderr, flush=True)
    dead = {f"dead10_{name}": taken for name, taken in turns(ask, vectors, dead=ask.width * ask.expansion // 10).items()}
    print(dead, file=sys.stderr, flush=True)
    found |= alive | {"speedup": alive["peer_step_ms"] / alive["step_ms"]} | dead | sustained(ask, vectors) | fed(ask, vectors)
    found |= {"card": torch.cuda.get_device_name() if ask.device == "cuda" else "none"}
    print(json.dumps(found) if ask.json else "\n".join(f"{name:>22}  {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
