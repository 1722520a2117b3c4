"""Batches of images or texts, shard by shard: worker processes read, hash, decode and prepare them while the model runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader, Dataset

from explorer.atlas.picture_limits import VISITOR, Limits
from explorer.atlas.pictures import decode_picture, picture_hash
from explorer.errors import UserError
from explorer.models.encoders.base import Inputs, VisionEncoder
from explorer.models.encoders.text import TextEncoder
from precompute.activations import COLUMNS
from precompute.sources.base import ImageSet
from precompute.sources.texts import Texts

PIXELS_AT_ONCE = 4_000_000  # of decoded images that wait for the encoder's preparation: 16 MB


class Run(NamedTuple):
    """Shards that are read in one go, with only the items that they need."""

    shards: Sequence[int]  # ascending; shard n holds items n · size to (n + 1) · size of the whole set
    first: int  # number of the first item in the whole set
    items: ImageSet | Texts


class Prepared(NamedTuple):
    """One batch of items, ready for the model."""

    shard: int
    inputs: Inputs | None  # of the usable items; None if there is none, or no encoder
    rows: list[dict[str, Any]]  # one per item, COLUMNS


def runs_of(items: ImageSet | Texts, size: int, shards: Sequence[int], most: int) -> list[Run]:
    """Split shards of a set into runs of at most `most`."""
    runs = [shards[at : at + most] for at in range(0, len(shards), most)]
    return [Run(run, run[0] * size, items.part(slice(run[0] * size, (run[-1] + 1) * size))) for run in runs]


@dataclass(frozen=True)
class Reader:
    """Reads shards of `size` items."""

    encoder: VisionEncoder | TextEncoder | None
    """None: items are read and hashed, but not prepared."""
    size: int
    batch_size: int
    workers: int
    """Processes; 0: this one."""
    limits: Limits = VISITOR
    """Images beyond them are skipped."""

    def prepared(self, run: Run) -> Iterator[Prepared]:
        """Yield the run's batches in order; no batch spans two shards."""
        ends = {n: min((n + 1) * self.size, run.first + len(run.items.keys)) for n in run.shards}
        starts = [(n, at) for n in run.shards for at in range(n * self.size, ends[n], self.batch_size)]
        batches = [(n, range(at, min(at + self.batch_size, ends[n]))) for n, at in starts]
        workers = min(self.workers, len(batches))
        prefetch = 2 if workers else None
        yield from DataLoader(
            _Batches(run, self.encoder, batches, self.limits), batch_size=None, num_workers=workers, prefetch_factor=prefetch
        )


@dataclass
class _Batches(Dataset[Prepared]):
    """Batch number → prepared items; runs in the worker processes."""

    run: Run
    encoder: VisionEncoder | TextEncoder | None
    batches: list[tuple[int, range]]
    limits: Limits

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Prepared:
        shard, within = self.batches[number]
        rows, waiting, prepared = [], [], []
        for index in within:
            row, item = self._read(index)
            rows.append(row)
            waiting += item if self.encoder else []
            if self.encoder and waiting and (index == within[-1] or _pixels(waiting) > PIXELS_AT_ONCE):
                prepared.append(self.encoder.prepare(waiting))
                waiting = []
        return Prepared(shard, _joined(prepared), rows)

    def _read(self, index: int) -> tuple[dict[str, Any], list[Any]]:
        """Read one item: its row, and a list with the item, empty if it cannot be used."""
        items, at = self.run.items, index - self.run.first
        row = dict(zip(COLUMNS, (index, items.keys[at], "", items.labels[at], ""), strict=True))
        try:
            if isinstance(items, Texts):
                row["hash"] = picture_hash(items.keys[at].encode())
                return row, [items.keys[at]]
            data = items.read(at, self.limits.file_bytes)
            row["hash"] = picture_hash(data)
            return row, [decode_picture(data, self.limits)]
        except UserError as error:
            row["reason"] = str(error)
        except OSError as error:
            row["reason"] = f"cannot be read ({error.strerror or error})"
        return row, []


def _pixels(items: list[Any]) -> int:
    return sum(item.width * item.height for item in items if not isinstance(item, str))


def _joined(parts: list[Inputs]) -> Inputs | None:
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]} if parts else None
