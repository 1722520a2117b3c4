"""Reading a set shard by shard: items are read, hashed, unpacked and prepared by worker processes while the model runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch.utils.data import DataLoader, Dataset

from explorer.atlas.pictures import decode_picture, picture_hash
from explorer.errors import UserError
from explorer.models.encoders import Inputs, VisionEncoder
from explorer.models.texts import TextEncoder
from precompute.activations import COLUMNS
from precompute.data import ImageSet
from precompute.texts import Texts


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

    def prepared(self, run: Run) -> Iterator[Prepared]:
        """Its batches, in order; none spans two shards."""
        ends = {n: min((n + 1) * self.size, run.first + len(run.items.keys)) for n in run.shards}
        starts = [(n, at) for n in run.shards for at in range(n * self.size, ends[n], self.batch_size)]
        batches = [(n, range(at, min(at + self.batch_size, ends[n]))) for n, at in starts]
        workers = min(self.workers, len(batches))
        prefetch = 2 if workers else None
        yield from DataLoader(
            _Batches(run, self.encoder, batches), batch_size=None, num_workers=workers, prefetch_factor=prefetch
        )


@dataclass
class _Batches(Dataset[Prepared]):
    """Batch number → prepared items; runs in the workers."""

    run: Run
    encoder: VisionEncoder | TextEncoder | None
    batches: list[tuple[int, range]]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Prepared:
        shard, within = self.batches[number]
        rows, usable = [], []
        for index in within:
            row, item = self._read(index)
            rows.append(row)
            usable += item
        return Prepared(shard, self.encoder.prepare(usable) if self.encoder and usable else None, rows)

    def _read(self, index: int) -> tuple[dict[str, Any], list[Any]]:
        """One item's row, and the item if it can be used."""
        items, at = self.run.items, index - self.run.first
        row = dict(zip(COLUMNS, (index, items.keys[at], "", items.labels[at], ""), strict=True))
        try:
            data = items.read(at)
            row["hash"] = picture_hash(data)
            return row, [data.decode() if isinstance(items, Texts) else decode_picture(data)]
        except UserError as error:
            row["reason"] = str(error)
        except OSError as error:
            row["reason"] = f"cannot be read ({error.strerror or error})"
        return row, []
