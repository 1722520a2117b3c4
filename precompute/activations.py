"""Activations on disk: shards of vectors and the table of the images they belong to.

`shard-00000.safetensors` holds `activations` (images, tokens, width). `shard-00000.parquet` lists the images of that part of the
image set in order, the skipped ones with the reason. Shards are memory-mapped: reading a few rows of a large shard costs only
those rows.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch
from jaxtyping import Float, Int
from safetensors import safe_open
from torch import Tensor

from precompute.atomic_files import replacing, write_tensors
from precompute.stage_record import finished

OPEN_SHARDS = 4096  # mapped at a time; by default a process may map 65,530 files
COLUMNS = ["index", "key", "hash", "label", "reason"]  # index: in the image set; reason: why it was skipped, "" if it was used


class Rows(NamedTuple):
    """A run of consecutive images."""

    images: Int[Tensor, " b"]  # their numbers among the used images, 0 …
    vectors: Float[Tensor, "b t d"]


class Activations:
    """The output of a finished extract stage.

    Args:
        directory: the one that `extract` wrote.

    Raises:
        UserError: if it is not finished.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.record = finished(directory, "extract")
        self._paths = _in_order(directory, "safetensors")
        self.shard = lru_cache(OPEN_SHARDS)(self._open)

    @property
    def images(self) -> int:
        return self.record["result"]["images"]

    @property
    def tokens(self) -> int:
        return self.record["result"]["tokens"]

    @property
    def width(self) -> int:
        return self.record["result"]["width"]

    @property
    def fingerprint(self) -> str:
        """Hash over the used images' content, keys and labels."""
        return self.record["result"]["fingerprint"]

    def __len__(self) -> int:
        """The number of vectors: images × tokens."""
        return self.images * self.tokens

    @cached_property
    def table(self) -> pd.DataFrame:
        """The used images: index, key, hash, label; row i is image i."""
        return used_images(self.directory)

    def in_shard(self, shard: int) -> int:
        """The number of its vectors."""
        return int(self._starts[shard + 1] - self._starts[shard]) * self.tokens

    def _open(self, shard: int) -> Float[Tensor, "n t d"]:
        return safe_open(self._paths[shard], "pt").get_tensor("activations")

    @cached_property
    def _starts(self) -> Int[Tensor, " shards+1"]:
        """The number of each shard's first image, and of all images."""
        counts = [safe_open(path, "pt").get_slice("activations").get_shape()[0] for path in self._paths]
        return torch.tensor([0, *counts]).cumsum(0)

    def vectors(self, which: Int[Tensor, " n"]) -> Float[Tensor, "n d"]:
        """Return vectors by number (image × tokens + token), in the order of `which`."""
        vectors = torch.empty(len(which), self.width)
        shard_of = torch.bucketize(which // self.tokens, self._starts[1:], right=True)
        for shard in shard_of.unique().tolist():
            mine = (shard_of == shard).nonzero().flatten()
            vectors[mine] = self.shard(shard).flatten(0, 1)[which[mine] - int(self._starts[shard]) * self.tokens]
        return vectors

    def of_images(self, images: Int[Tensor, " b"]) -> Float[Tensor, "b t d"]:
        """Return all vectors of these images."""
        which = images[:, None] * self.tokens + torch.arange(self.tokens)
        return self.vectors(which.flatten()).view(len(images), self.tokens, self.width)

    @property
    def shards(self) -> int:
        return len(self._paths)

    def batches(self, vectors: int, shards: range | None = None) -> Iterator[Rows]:
        """Yield every image of these shards (default: all) once, in order, about `vectors` vectors at a time."""
        size = max(1, vectors // self.tokens)
        for number in range(self.shards) if shards is None else shards:
            first, held = int(self._starts[number]), self.shard(number)
            for start in range(0, len(held), size):
                part = held[start : start + size]
                yield Rows(torch.arange(first + start, first + start + len(part)), part)


def write_shard(directory: Path, number: int, vectors: Float[Tensor, "n t d"], table: pd.DataFrame) -> None:
    """Write one shard, the vectors last: a shard that has its safetensors file is whole."""
    with replacing(directory / f"shard-{number:05d}.parquet") as partial:
        table[COLUMNS].to_parquet(partial, index=False)
    write_tensors(directory / f"shard-{number:05d}.safetensors", {"activations": vectors})


def all_images(directory: Path) -> pd.DataFrame:
    """Return the rows of all images of the image set, the skipped ones too."""
    return pd.concat([pd.read_parquet(path) for path in _in_order(directory, "parquet")], ignore_index=True)


def used_images(directory: Path) -> pd.DataFrame:
    """Return the rows of the images that have vectors, in order."""
    table = all_images(directory)
    return table.loc[table["reason"] == ""].drop(columns="reason").reset_index(drop=True)


def fingerprint(used: pd.DataFrame) -> str:
    """Hash the content, keys and labels of the used images, in order."""
    rows = used[["key", "hash", "label"]].to_numpy().tolist()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:32]


def _in_order(directory: Path, ending: str) -> list[Path]:
    """Paths of shards by number, which has more digits from 100,000 on."""
    return sorted(directory.glob(f"shard-*.{ending}"), key=lambda path: (len(path.name), path.name))
