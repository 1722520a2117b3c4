"""Reading a set shard by shard: items are read, hashed, unpacked and prepared by worker processes while the model runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader, Dataset

from explorer.atlas.picture_limits import VISITOR, Limits
from explorer.atlas.pictures import decode_picture, picture_hash
from explorer.errors import UserError
from explorer.models.encoders import Inputs, VisionEncoder
from explorer.models.texts import TextEncoder
from precompute.activations import COLUMNS
from precompute.sources.folder import ImageSet
from precompute.sources.texts import Texts

PIXELS_AT_ONCE = 4_000_000  # of unpacked pictures that wait for the encoder's preparation: 16 MB


class Run(NamedTuple):
    """Shards that are read in one go, and no more of the set than they need."""

    shards: Sequence[int]  # ascending; shard n holds items n · size to (n + 1) · size of the whole set
    first: int  # number of the first item in the whole set
    items: ImageSet | Texts


class Prepared(NamedTuple):
    """One batch of items, ready for the model."""

    shard: int
    inputs: Inputs | None  # of the usable ones; None if there is none, or no model wants them
    rows: list[dict[str, Any]]  # one per item, COLUMNS


def runs_of(items: ImageSet | Texts, size: int, shards: Sequence[int], most: int) -> list[Run]:
    """Shards of a set in runs of at most so many."""
    runs = [shards[at : at + most] for at in range(0, len(shards), most)]
    return [Run(run, run[0] * size, items.part(slice(run[0] * size, (run[-1] + 1) * size))) for run in runs]


@dataclass(frozen=True)
class Reader:
    """Reads shards of `size` items."""

    encoder: VisionEncoder | TextEncoder | None
    """None: nothing is prepared."""
    size: int
    batch_size: int
    workers: int
    """Processes; 0: this one."""
    limits: Limits = VISITOR
    """What pictures may be like; others are skipped."""

    def prepared(self, run: Run) -> Iterator[Prepared]:
        """Its batches, in order; none spans two shards."""
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
    """Batch number → prepared items; runs in the workers."""

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
        """One item's row, and the item if it can be used."""
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
