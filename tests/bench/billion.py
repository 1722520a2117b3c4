"""What an atlas of a billion images would take, from rates measured here and now: bytes, hours and cost per stage.

    python -m tests.bench.billion --json
    python -m tests.bench.billion --encoder-rate 2500 --similarity-rate 3000 --price 2.5    a card of known rates and price

Measured, on this machine, at true size with RANDOM weights: CLIP ViT-B/32 and DINOv2-base (the whole extract stage on 256
photographs), a step of an SAE 768 → 6,144 with 4,096 vectors, encoding and scoring with it, bytes per image on disk. Stages that
visit every image are in proportion; training is not: its steps are 100,000, as in the paper, however many images there are.
Needs ../shared/real, unless both rates are given.
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from explorer.models.sae import SparseAutoencoder, sae_config
from precompute.training.objectives import SaeObjective
from precompute.training.trainer import MAX_STEPS
from precompute.training.weights import Weights
from tests.bench.pipeline import extract_rate
from tests.bench.score import statistics_of, synthetic
from tests.conftest import REAL

IMAGES = 1_000_000_000
WIDTH, NEURONS, K, VECTORS = 768, 6144, 20, 4096  # CLIP ViT-B, expansion 8
ROW = 120  # bytes of an image's row: key of 40 characters, SHA-256, label, in Parquet
TOPS, THUMBNAIL = 16 * 6, 9_000  # images kept per neuron, tops and bands; bytes of a WebP of 256 pixels


@dataclass(frozen=True)
class Billion:
    """Estimate."""

    encoder_rate: float = 0.0
    """Images per second of extract with the encoder on one worker; 0: measure here."""
    similarity_rate: float = 0.0
    """The same with the similarity encoder."""
    price: float = 0.1
    """Of a worker's hour, in dollars; a machine of two cores is about 0.1 (an assumption, not a measurement)."""
    json: bool = False
    """One line of JSON."""


def measured(ask: Billion) -> dict[str, float]:
    """Images per second of each stage that visits all, on one worker; and steps per second of training."""
    with tempfile.TemporaryDirectory() as directory:
        encoder = ask.encoder_rate or extract_rate("clip", Path(directory), 256)["clip_images_per_s"]
        similarity = ask.similarity_rate or extract_rate("dinov2-base", Path(directory), 256)["dinov2_base_images_per_s"]
    config = sae_config("matryoshka", WIDTH, NEURONS / WIDTH, K)
    sae, objective = SparseAutoencoder(config), SaeObjective(config, torch.device("cpu"))
    weights = Weights.of(sae)
    vectors, alive = torch.randn(VECTORS, WIDTH), torch.zeros(NEURONS, dtype=torch.bool)
    batches = list(synthetic(8 * VECTORS, NEURONS, WIDTH))
    with torch.no_grad():
        sae.threshold = sae.relu_acts(vectors).flatten().kthvalue(VECTORS * (NEURONS - K)).values
        encode = _seconds(lambda: sae.encode(vectors)) / VECTORS
    count = _seconds(lambda: statistics_of(batches, more=True)) / (8 * VECTORS)
    return {
        "encoder_images_per_s": encoder,
        "similarity_images_per_s": similarity,
        "train_steps_per_s": 1 / _seconds(lambda: objective(weights, vectors, alive)),
        "score_images_per_s": 1 / (encode + count),
    }


def estimate(rates: dict[str, float], price: float) -> dict[str, dict[str, float]]:
    """Gigabytes written, hours of one worker and dollars, of each stage."""
    vectors = 4 * WIDTH + ROW
    stages = {
        "extract": (IMAGES * vectors, IMAGES / rates["encoder_images_per_s"]),
        "extract E": (IMAGES * vectors, IMAGES / rates["similarity_images_per_s"]),
        "train": (8 * WIDTH * NEURONS, MAX_STEPS / rates["train_steps_per_s"]),
        "score": (NEURONS * 4 * (2 * WIDTH + 64), IMAGES / rates["score_images_per_s"]),
        "build": (NEURONS * (TOPS * THUMBNAIL + 16 * WIDTH), 0.0),
    }
    return {name: {"gb": b / 1e9, "hours": s / 3600, "dollars": s / 3600 * price} for name, (b, s) in stages.items()}


def _seconds(do: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        do()
        times.append(time.perf_counter() - start)
    return min(times)


def main(ask: Billion) -> None:
    if not REAL.is_dir() and not (ask.encoder_rate and ask.similarity_rate):
        raise SystemExit("real data (../shared/real) is absent: give --encoder-rate and --similarity-rate")
    torch.set_num_threads(2)
    rates = measured(ask)
    stages = estimate(rates, ask.price)
    if ask.json:
        print(json.dumps({"rates": rates, "stages": stages}))
        return
    print("\n".join(f"{name:>24}  {rate:,.2f}" for name, rate in rates.items()))
    print("\n".join(f"{n:>10}  {s['gb']:12,.1f} GB  {s['hours']:12,.1f} h  {s['dollars']:12,.0f} $" for n, s in stages.items()))


if __name__ == "__main__":
    main(tyro.cli(Billion))
