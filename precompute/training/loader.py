"""Batches of vectors in a random order, read window by window.

A batch of vectors from anywhere would touch as many shards as it has vectors. So each epoch puts the shards in a random order,
reads as many as a window holds one by one, and shuffles the vectors within it: each batch is a slice of the current window.
The seed and the step decide what a batch holds, and every vector comes once an epoch (but for less than a batch at its end).
"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from precompute.activations import Activations

WINDOW_BYTES = 2**28  # 256 MB: of ImageNet 65,536 vectors 1,024 wide, from 64 random shards
SAMPLE = 2**16  # vectors that the mean norm is taken over


class Batches:
    """The batches of an endless run over activations; batch number `step` is `batches(step)`.

    Args:
        activations: what is read.
        size: vectors in a batch.
        seed: of the order.
        ahead: read the next window while the current one is used, for steps on a GPU, which leave the processor free; else when
            it is needed. The batches are the same.
    """

    def __init__(self, activations: Activations, size: int, seed: int, ahead: bool = False) -> None:
        self._activations, self._size, self._seed = activations, size, seed
        self._windows = lru_cache(maxsize=2)(self._of_epoch)
        # a batch may begin in one window and end in the next
        self._read_once = lru_cache(maxsize=2)(self._read)
        self._begun = lru_cache(maxsize=3)(self._begin)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="window") if ahead else None

    def __call__(self, step: int) -> Float[Tensor, "b d"]:
        """Batch number `step`."""
        epoch, place = divmod(step, len(self._activations) // self._size)
        first, parts = place * self._size, []
        windows = self._windows(epoch)
        for number, (start, stop, _) in enumerate(windows):
            if start < first + self._size and stop > first:
                window_nd = self._window(epoch, number)
                parts.append(window_nd[max(0, first - start) : first + self._size - start])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _window(self, epoch: int, number: int) -> Float[Tensor, "n d"]:
        if self._reader is None:
            return self._read_once(epoch, number)
        last = number + 1 == len(self._windows(epoch))
        window = self._begun(epoch, number)
        self._begun(*((epoch + 1, 0) if last else (epoch, number + 1)))
        return window.result()

    def _begin(self, epoch: int, number: int) -> "Future[Tensor]":
        assert self._reader is not None
        return self._reader.submit(self._read, epoch, number)

    def _of_epoch(self, epoch: int) -> list[tuple[int, int, list[int]]]:
        """The windows of an epoch: the first vector of each, that after its last one, and its shards."""
        order = torch.randperm(self._activations.shards, generator=self._random(epoch, 0)).tolist()
        most = max(1, WINDOW_BYTES // (4 * self._activations.width))
        windows, start = [], 0
        for shard in order:
            held = self._activations.in_shard(shard)
            if windows and windows[-1][1] - windows[-1][0] + held <= most:
                first, stop, shards = windows[-1]
                windows[-1] = (first, stop + held, [*shards, shard])
            else:
                windows.append((start, start + held, [shard]))
            start += held
        return windows

    def _read(self, epoch: int, number: int) -> Float[Tensor, "n d"]:
        """The vectors of one window, shuffled."""
        start, stop, shards = self._windows(epoch)[number]
        places = torch.randperm(stop - start, generator=self._random(epoch, number + 1))
        pinned = self._reader is not None and torch.cuda.is_available()  # such memory is copied onto a GPU several times as fast
        window_nd, filled = torch.empty(stop - start, self._activations.width, pin_memory=pinned), 0
        for shard in shards:
            vectors_nd = self._activations.shard(shard).flatten(0, 1)
            window_nd[places[filled : filled + len(vectors_nd)]] = vectors_nd.float()
            filled += len(vectors_nd)
        return window_nd

    def _random(self, epoch: int, number: int) -> torch.Generator:
        return torch.Generator().manual_seed(hash((self._seed, epoch, number)) & 0x7FFFFFFF)  # the same in every process


def mean_norm(activations: Activations) -> float:
    """Root of the mean square norm of the vectors, over at most SAMPLE of them."""
    which = torch.linspace(0, len(activations) - 1, min(SAMPLE, len(activations))).long()
    return activations.vectors(which).square().sum(1).mean().sqrt().clamp(min=1e-12).item()
