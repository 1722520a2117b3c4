"""What a run will write and take, measured on this machine before it begins.

An encoder reads some grey pictures, which tells the shape of its vectors and its pace; a training step on random vectors tells
that of training.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

import torch
from PIL import Image

from explorer.models.device import best_device
from explorer.models.encoders.base import VisionEncoder
from explorer.models.sae import SaeConfig, SparseAutoencoder
from explorer.models.taps import Tap
from precompute.training.objectives import SaeObjective
from precompute.training.trainer import Plan
from precompute.training.weights import Weights

PICTURES = 8  # that an encoder is tried on
STATE = 3  # a checkpoint holds each weight, and Adam's two moments of it


class Reading(NamedTuple):
    """What one encoder gives for each image."""

    name: str
    images: int
    tokens: int
    width: int
    seconds: float  # an image; 0 where they are read already

    @property
    def bytes(self) -> int:
        """On disk."""
        return 4 * self.images * self.tokens * self.width


def try_encoder(encoder: VisionEncoder, tap: Tap, images: int) -> Reading:
    """Let an encoder read some pictures."""
    inputs = encoder.prepare([Image.new("RGB", (256, 256), "grey")] * PICTURES)
    encoder.read(inputs, tap)  # the first time is slower
    start = time.perf_counter()
    vectors_btd = encoder.read(inputs, tap).cpu()
    return Reading(encoder.name, images, *vectors_btd.shape[1:], seconds=(time.perf_counter() - start) / PICTURES)


def step_seconds(shape: SaeConfig, batch: int) -> float:
    """Time the loss and the gradients of a batch of random vectors."""
    device = best_device()
    weights, objective = Weights.of(SparseAutoencoder(shape).to(device)), SaeObjective(shape, device)
    v_bd = torch.randn(batch, shape.width, device=device) / shape.width**0.5
    dead_s = torch.zeros(shape.neurons, dtype=torch.bool, device=device)
    objective(weights, v_bd, dead_s)  # the first guesses nothing yet
    start = time.perf_counter()
    float(objective(weights, v_bd, dead_s).total)
    return time.perf_counter() - start


def told_reading(readings: Iterable[Reading]) -> str:
    """What is still to be read, in one line; "" if nothing is."""
    left = [reading for reading in readings if reading.seconds]
    if not left:
        return ""
    what = ", ".join(f"{r.name}: {r.images:,} images × {r.tokens} × {r.width} numbers" for r in left)
    written = _bytes(sum(reading.bytes for reading in left))
    return f"{what}; {written} on disk, the models take about {_time(sum(r.images * r.seconds for r in left))}"


def told_training(shape: SaeConfig, plan: Plan, seconds: float) -> str:
    """What training is, in one line."""
    what = f"{shape.neurons:,} neurons, {plan.steps:,} steps of {plan.batch:,} vectors"
    return f"{what}; {_bytes(STATE * shape.bytes)} on disk, about {_time(plan.steps * seconds)}"


def _bytes(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
