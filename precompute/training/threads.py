"""Threads of a training step: measured, since more are slower where other work holds the cores.

Threads wait for one another, so each loses time when one is interrupted: on a busy machine of two cores a step took 51 ms with
one thread and 1,405 ms with two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import NamedTuple

import torch

from precompute.training.trainer import Trainer

ROUNDS = 3  # timed steps with each number of threads, after one to warm up


class Measured(NamedTuple):
    """The faster number of threads, and what a step took with each."""

    threads: int
    seconds: dict[int, float]


@contextmanager
def threads(count: int) -> Iterator[None]:
    """PyTorch computes with so many threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fastest(trainer: Trainer) -> Measured:
    """Time steps with one thread and with as many as PyTorch takes by itself (OMP_NUM_THREADS, or the cores); learns nothing."""
    seconds = {count: _seconds(trainer, count) for count in sorted({1, torch.get_num_threads()})}
    return Measured(min(seconds, key=seconds.__getitem__), seconds)


def _seconds(trainer: Trainer, count: int) -> float:
    with threads(count):
        trainer.rehearse()
        times = []
        for _ in range(ROUNDS):
            start = perf_counter()
            trainer.rehearse()
            times.append(perf_counter() - start)
    return median(times)
