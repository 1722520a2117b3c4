"""The parts of an image store: Parquet files of thumbnails, and where each image is in them.

Written once and never changed; a later atlas adds a part with the images still missing. What is known of the images is held as
arrays, some 60 bytes each; pixels stay on disk. Row groups are small, so one thumbnail costs one short read.
"""

import hashlib
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.hashes import HASH, PACKED, pack, packed
from explorer.atlas.integrity import CheckedFiles, Unfit
from explorer.atlas.manifest import LONGEST_KEY, LONGEST_LABEL, FileInfo
from explorer.atlas.pictures import THUMBNAIL_SIDE
from explorer.atlas.table_checks import Texts, open_checked, refuse_nulls, require, require_form, require_length, texts_of

ROW_GROUP = 32  # thumbnails per row group: about 200 kB to read for one
HEADS = 16  # of parts, whose heads are kept, up to 1 MB each: to read one takes four times as long as a thumbnail
LARGEST = 2**18  # bytes of a thumbnail: five times what a WebP of noise takes
MOST_ROWS = 2**16  # per part
SCHEMA = pa.schema(
    [
        ("hash", pa.string()),  # of the original file's bytes
        ("key", pa.string()),  # where it was in the image set
        ("label", pa.string()),  # its class, "" where it has none
        ("width", pa.int32()),  # of the thumbnail, px
        ("height", pa.int32()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),  # WebP; the layout of the Hub's image viewer
    ]
)


class Part(NamedTuple):
    """What one part says of its images, row by row."""

    files: CheckedFiles  # that list it
    name: str
    keys: Texts
    labels: Texts
    width: np.ndarray
    height: np.ndarray
    groups: np.ndarray  # the first row of each row group


class Place(NamedTuple):
    """Where an image is."""

    part: int  # place among `Parts`
    row: int


class Index(NamedTuple):
    """All rows of all parts, sorted by hash; those of one hash in the order in which their parts were read."""

    hashes: np.ndarray
    part: np.ndarray
    row: np.ndarray


class Parts:
    """The parts of one store's directory that were read so far, for all atlases that list some of them; it only grows.

    Args:
        name: of the store in public: in addresses.
    """

    def __init__(self, name: str = "images") -> None:
        self.name = name
        self.index = Index(np.zeros(0, PACKED), np.zeros(0, np.int32), np.zeros(0, np.int32))
        self._parts: list[Part] = []
        self._numbers: dict[tuple[str, str], int] = {}  # of a part, by its name and SHA-256
        self._reading, self._looking = threading.Lock(), threading.Lock()
        self._group, self._head = lru_cache(maxsize=128)(self._read_group), lru_cache(maxsize=HEADS)(self._read_head)

    def read(self, files: CheckedFiles) -> list[int]:
        """Read those of the listed parts that were not read before; gives the numbers of all that are listed.

        Raises:
            UserError: if a part is missing, damaged or of another layout.
        """
        with self._reading:
            new = []
            for name, info in files.listed.items():
                with files.using(name) as path:  # also what was read for another atlas: it may have changed since
                    if (name, info.sha256) not in self._numbers:
                        hashes, part = _read(files, name, path)
                        new.append(hashes)
                        self._numbers[name, info.sha256] = len(self._parts)
                        self._parts.append(part)
            if new:
                self.index = _grown(self.index, new, len(self._parts) - len(new))
            return [self._numbers[name, info.sha256] for name, info in files.listed.items()]

    def places(self, image: str) -> list[Place]:
        """Where an image is, the part that was read first before others."""
        hashes, part, row = self.index
        key = pack(image)
        if key is None:
            return []
        first, last = int(hashes.searchsorted(key, "left")[0]), int(hashes.searchsorted(key, "right")[0])
        return [Place(int(part[at]), int(row[at])) for at in range(first, last)]

    def __getitem__(self, number: int) -> Part:
        return self._parts[number]

    def webp(self, place: Place) -> bytes:
        """The pixels of one image.

        Raises:
            UserError: if the part is missing or damaged since it was read.
        """
        groups = self[place.part].groups
        group = int(groups.searchsorted(place.row, "right")) - 1
        with self._looking:  # two that want one row group read it once
            return self._group(place.part, group)[place.row - int(groups[group])]

    def _read_group(self, number: int, group: int) -> list[bytes]:
        part, head = self[number], self._head(number)
        with part.files.using(part.name) as path, pq.ParquetFile(path, metadata=head) as file:
            table = file.read_row_group(group, columns=["image.bytes"])
            return [image["bytes"] for image in table.column("image").to_pylist()]

    def _read_head(self, number: int) -> pq.FileMetaData:
        part = self[number]
        with part.files.using(part.name) as path:
            return pq.read_metadata(path)


def digest(listed: Mapping[str, FileInfo]) -> str:
    """A short name of some parts of a store."""
    content = sorted((name, info.sha256) for name, info in listed.items())
    return hashlib.sha256(repr(content).encode()).hexdigest()[:8]


def _read(files: CheckedFiles, name: str, path: Path) -> tuple[np.ndarray, Part]:
    """The hashes of one part's images, and what else it says of them, within bounds."""
    with open_checked(path, SCHEMA, (0, MOST_ROWS), {}) as file:
        groups = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
        table = file.read(columns=["hash", "key", "label", "width", "height"])
    if any(group.num_rows > ROW_GROUP or group.total_byte_size > ROW_GROUP * LARGEST for group in groups):
        raise Unfit("has larger row groups than a store's")
    refuse_nulls(table)
    hashes, keys, labels = (texts_of(table, text) for text in ("hash", "key", "label"))
    require_form(hashes, "hash", HASH)
    require_length(keys, "key", LONGEST_KEY)
    require_length(labels, "label", LONGEST_LABEL)
    width, height = (table[side].to_numpy() for side in ("width", "height"))
    require(width, "width", 1, THUMBNAIL_SIDE)
    require(height, "height", 1, THUMBNAIL_SIDE)
    starts = np.cumsum([0, *(group.num_rows for group in groups[:-1])])
    return packed(hashes.values)[hashes.codes], Part(files, name, keys, labels, width, height, starts)


def _grown(index: Index, new: list[np.ndarray], first: int) -> Index:
    """The index with the hashes of new parts, which are numbered from `first`."""
    hashes = np.concatenate([index.hashes, *new])
    part = np.concatenate([index.part, *(np.full(len(rows), number, np.int32) for number, rows in enumerate(new, first))])
    row = np.concatenate([index.row, *(np.arange(len(rows), dtype=np.int32) for rows in new)])
    order = np.argsort(hashes, kind="stable")
    return Index(hashes[order], part[order], row[order])
