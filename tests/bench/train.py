"""A training step of the paper's Matryoshka recipe beside `dictionary_learning`'s, interleaved in one run, and what they learn.

    pip install --no-deps --target PEERS -r requirements-bench.txt
    python -m tests.bench.train --peers PEERS --json

Vectors are sparse mixtures of 8,192 directions, 768 wide; B 2,048, K 20, ω 6,144 unless a key says otherwise. Each measurement
runs in a process of its own; times are medians over steps, CPU time of one thread except for `speedup_wall`.
`speedup_cpu_time`: their step over ours with bfloat16 as a sieve; `speedup_fp32`: without; `speedup_dead10`: with a tenth of the
    neurons dead; `speedup_3072`: ω 3,072.
`speedup_wall`: wall time on two threads, which other work on the machine disturbs (`load_average`).
`memory_ratio`, `memory_ratio_3072`: peak resident memory of our process over theirs, interpreter and torch included.
`max_gradient_error`: of our gradients from the dense formulas' by autograd, relative to each tensor's largest; both float32.
`codes_identical`: whether the sieve keeps the same entries as float32 does, over all steps compared.
`r2_gap_points`, `l0_gap`, `dead_gap_points`: ours − theirs on real activations, equal steps and dead-after, means of three seeds:
    R² and dead neurons in percent, L0 at the learnt threshold. Needs ../shared/real.
`loader_ms`: CPU time of a random batch of 4,096 vectors, 64 wide, from 1,252 shards.
`step_ms_xE_kK`: ours at expansion E and K.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import torch
import torch.nn.functional as F
import tyro
from torch import Tensor

from explorer.models.sae import sae_config
from precompute.activations import Activations
from precompute.training.loader import Batches
from precompute.training.screen import screen_bf16, screen_fp32
from precompute.training.selection import BatchTopK
from precompute.training.trainer import Plan
from tests.bench.peers import Stepper, ours, theirs
from tests.bench.train_quality import quality
from tests.precompute.making import save_activations
from tests.precompute.training.dense import dense_objective

WIDTH, BATCH, K, DIRECTIONS, SHARDS = 768, 2048, 20, 8192, 1252
SCREENS = {"bf16": screen_bf16, "fp32": screen_fp32}


@dataclass(frozen=True)
class Bench:
    """Measure."""

    peers: Path
    """Directory that requirements-bench.txt was installed into."""
    json: bool = False
    """One line of JSON."""
    steps: int = 9
    """Steps that are timed."""
    quality_steps: int = 1500
    """Steps of the runs on real activations."""
    part: Literal["", "times", "memory", "exact", "quality", "loader", "table"] = ""
    """Of the run: for this program's own use."""
    neurons: int = 6144
    """ω."""
    threads: int = 1
    """2: wall time."""
    dead: int = 0
    """Neurons that are dead."""
    side: str = ""
    """theirs, bf16 or fp32."""


def mixtures(seed: int) -> Tensor:
    """A batch of vectors of about unit norm, each of 16 of the directions."""
    directions = F.normalize(torch.randn(DIRECTIONS, WIDTH, generator=torch.Generator().manual_seed(0)), dim=1)
    draw = torch.Generator().manual_seed(seed + 1)
    which = torch.randint(DIRECTIONS, (BATCH, 16), generator=draw)
    strength = torch.rand(BATCH, 16, generator=draw) / 2.3
    noise = 0.02 * torch.randn(BATCH, WIDTH, generator=draw)
    return F.embedding_bag(which, directions, per_sample_weights=strength, mode="sum") + noise


def stepper(ask: Bench, side: str) -> Stepper:
    config = sae_config("matryoshka", WIDTH, ask.neurons / WIDTH, K)
    plan = Plan(10_000, BATCH, 1_000, 10_000_000, 0)
    return theirs(ask.peers, config, plan) if side == "theirs" else ours(SCREENS[side], config, plan, mixtures(0))


def times(ask: Bench) -> dict[str, float]:
    """Seconds of a step of each side, taking turns."""
    torch.set_num_threads(ask.threads)
    clock = time.process_time if ask.threads == 1 else time.perf_counter
    sides = {side: stepper(ask, side) for side in ("theirs", *SCREENS)}
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(ask.steps + 3):
        v_bd = mixtures(number % 8)
        for side, (step, kill, _) in sides.items():
            if ask.dead:
                kill(ask.dead)
            start = clock()
            step(number, v_bd)
            taken[side].append(clock() - start)
    return {side: median(seconds[3:]) for side, seconds in taken.items()}  # the first have no guess, and no memory yet


def memory(ask: Bench) -> dict[str, float]:
    """Peak resident gigabytes of some steps of one side."""
    torch.set_num_threads(1)
    step, _, _ = stepper(ask, ask.side)
    for number in range(4):
        step(number, mixtures(number))
    return {"gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}


def exact(ask: Bench) -> dict[str, float]:
    """Our codes and gradients along a run, against float32 and the dense formulas."""
    torch.set_num_threads(2)
    _, _, trainer = side = stepper(ask, "bf16")
    error, identical = 0.0, True
    for number in range(6):
        v_bd = mixtures(number)
        found = trainer.objective(trainer.weights, v_bd, trainer.dead)
        if number in (0, 5):
            dense = dense_objective(trainer.weights, v_bd, trainer.dead, trainer.config)
            pairs = zip(found.gradients, dense.gradients, strict=True)
            error = max(error, *(float((a - b).abs().max() / b.abs().max()) for a, b in pairs))
        plain = BatchTopK(K, screen_fp32)(trainer.weights, v_bd - trainer.weights.b_dec_d)
        identical &= torch.equal(plain.neurons, found.codes.neurons) and torch.equal(plain.starts, found.codes.starts)
        side.step(number, v_bd)
    return {"max_gradient_error": error, "codes_identical": identical}


def loader(ask: Bench) -> dict[str, float]:
    """CPU milliseconds of a batch, windows included."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as directory:
        vectors = torch.randn(SHARDS * 1024, 1, 64)
        batches = Batches(Activations(save_activations(Path(directory) / "acts", vectors, shard=1024)), 4096, seed=0)
        batches(0)
        start, epoch = time.process_time(), len(vectors) // 4096
        for step in range(1, epoch + 1):
            batches(step)
    return {"loader_ms": 1e3 * (time.process_time() - start) / epoch}


def table(ask: Bench) -> dict[str, float]:
    """CPU milliseconds of our step by expansion and by K."""
    torch.set_num_threads(1)
    found = {}
    for expansion, k in [(1, 20), (2, 20), (4, 20), (8, 20), (16, 20), (64, 20), (8, 1), (8, 10), (8, 50)]:
        config, plan = sae_config("matryoshka", WIDTH, expansion, k), Plan(10_000, BATCH, 1_000, 10_000_000, 0)
        step, _, _ = ours(screen_bf16, config, plan, mixtures(0))
        seconds = []
        for number in range(6):
            start = time.process_time()
            step(number, mixtures(number))
            seconds.append(time.process_time() - start)
        found[f"step_ms_x{expansion}_k{k}"] = 1e3 * median(seconds[2:])
    return found


def measured(ask: Bench) -> dict[str, float]:
    """All keys, each part in a process of its own."""
    main = _alone(ask, part="times")
    speed = {"speedup_cpu_time": main["theirs"] / main["bf16"], "speedup_fp32": main["theirs"] / main["fp32"]}
    for key, options in {"wall": {"threads": 2}, "dead10": {"dead": 614}, "3072": {"neurons": 3072}}.items():
        taken = _alone(ask, part="times", **options)
        speed[f"speedup_{key}"] = taken["theirs"] / taken["bf16"]
    for key, neurons in {"memory_ratio": 6144, "memory_ratio_3072": 3072}.items():
        mine, peer = (_alone(ask, part="memory", side=side, neurons=neurons)["gb"] for side in ("bf16", "theirs"))
        speed[key] = mine / peer
    seconds = {f"seconds_{side}": taken for side, taken in main.items()}
    rest = [_alone(ask, part=part) for part in ("exact", "loader", "table", "quality")]
    return speed | seconds | {key: value for part in rest for key, value in part.items()} | {"load_average": os.getloadavg()[1]}


def _alone(ask: Bench, **options: object) -> dict[str, float]:
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in (asdict(ask) | options).items() if name != "json"]
    code = subprocess.run([sys.executable, "-m", "tests.bench.train", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    found = code.stdout.splitlines()[-1]
    print({name: value for name, value in options.items() if value}, found, file=sys.stderr, flush=True)
    return json.loads(found)


def main(ask: Bench) -> None:
    if ask.part == "quality":
        print(json.dumps(quality(ask.peers, ask.quality_steps)))
    elif ask.part:
        parts = {"times": times, "memory": memory, "exact": exact, "loader": loader, "table": table}
        print(json.dumps(parts[ask.part](ask)))
    else:
        figures = measured(ask)
        print(json.dumps(figures) if ask.json else "\n".join(f"{name:>20}  {value:,.4g}" for name, value in figures.items()))


if __name__ == "__main__":
    main(tyro.cli(Bench))
