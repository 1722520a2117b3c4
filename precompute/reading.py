"""Reading a set shard by shard: items are read, hashed, unpacked and prepared by worker processes while the model runs."""

from collections.abc import Iterator
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


class Prepared(NamedTuple):
    """One batch of items, ready for the model."""

    inputs: Inputs | None  # of the usable ones; None if there is none, or no model wants them
    rows: list[dict[str, Any]]  # one per item, COLUMNS


@dataclass
class Reader:
    """A set of pictures or texts in shards: shard n holds items n · size to (n + 1) · size."""

    items: ImageSet | Texts
    encoder: VisionEncoder | TextEncoder | None
    """None: nothing is prepared."""
    size: int
    """Items per shard."""
    batch_size: int
    workers: int
    """Processes; 0: this one."""

    def shards(self) -> range:
        return range(-(-len(self.items.keys) // self.size))

    def within(self, shard: int) -> range:
        """The items of a shard."""
        return range(shard * self.size, min(len(self.items.keys), (shard + 1) * self.size))

    def prepared(self, shard: int) -> Iterator[Prepared]:
        """Its batches, in order."""
        within = self.within(shard)
        batches = [within[at : at + self.batch_size] for at in range(0, len(within), self.batch_size)]
        workers = min(self.workers, len(batches))
        prefetch = 2 if workers else None
        yield from DataLoader(
            _Batches(self.items, self.encoder, batches), batch_size=None, num_workers=workers, prefetch_factor=prefetch
        )


@dataclass
class _Batches(Dataset[Prepared]):
    """Batch number → prepared items; runs in the workers."""

    items: ImageSet | Texts
    encoder: VisionEncoder | TextEncoder | None
    batches: list[range]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Prepared:
        rows, usable = [], []
        for index in self.batches[number]:
            row = dict(zip(COLUMNS, (index, self.items.keys[index], "", self.items.labels[index], ""), strict=True))
            try:
                data = self.items.read(index)
                row["hash"] = picture_hash(data)
                usable.append(data.decode() if isinstance(self.items, Texts) else decode_picture(data))
            except UserError as error:
                row["reason"] = str(error)
            except OSError as error:
                row["reason"] = f"cannot be read ({error.strerror or error})"
            rows.append(row)
        return Prepared(self.encoder.prepare(usable) if self.encoder and usable else None, rows)
