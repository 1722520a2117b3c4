"""The image store: thumbnails of one image set, keyed by content hash and shared by the atlases built on it.

A directory of Parquet parts, written once and never changed; a later atlas adds a part with the images still missing. An atlas's
manifest lists the parts that it needs, and it reads no others.
The `image` column has the layout of the Hub's image viewer. Row groups are small, so one thumbnail costs one short read.
"""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.integrity import CheckedFiles, Unfit, file_info
from explorer.atlas.manifest import LONGEST_KEY, LONGEST_LABEL, FileInfo
from explorer.atlas.pictures import THUMBNAIL_SIDE
from explorer.atlas.tables import HASH, open_checked, refuse_nulls, require, require_form, require_length

ROW_GROUP = 32  # thumbnails per row group: about 200 kB to read for one
LARGEST = 2**18  # bytes of a thumbnail: five times what a WebP of noise takes
MOST_ROWS = 2**16  # per part
SCHEMA = pa.schema(
    [
        ("hash", pa.string()),  # of the original file's bytes
        ("key", pa.string()),  # where it was in the image set
        ("label", pa.string()),  # its class, "" where it has none
        ("width", pa.int32()),  # of the thumbnail, px
        ("height", pa.int32()),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),  # WebP
    ]
)


class Thumbnail(NamedTuple):
    """What is known of a stored image without reading its pixels."""

    hash: str
    key: str
    label: str
    width: int
    height: int


class _Place(NamedTuple):
    part: str
    group: int
    row: int


class ImageStore:
    """Reads thumbnails by content hash; safe to share between threads.

    Args:
        directory: of the store; an empty or missing one is a store without images.
        listed: the parts to read, and what each must be; all that are there, as they are, if None.
        owner: whose store it is, in messages.

    Raises:
        UserError: if a part is missing, damaged or of another layout.
    """

    def __init__(self, directory: Path, listed: Mapping[str, FileInfo] | None = None, owner: str = "image store") -> None:
        self.directory = directory
        parts = {path.name: file_info(path) for path in sorted(directory.glob("part-*.parquet"))} if listed is None else listed
        self._files = CheckedFiles(directory, parts, owner)
        self._about: dict[str, Thumbnail] = {}
        self._places: dict[str, _Place] = {}
        self._lock = threading.Lock()
        for part in parts:
            with self._files.using(part) as path:
                self._index(part, path)
        self._group = lru_cache(maxsize=128)(self._read_group)

    def __contains__(self, image: str) -> bool:
        return image in self._about

    def __iter__(self) -> Iterator[str]:
        return iter(self._about)

    def __len__(self) -> int:
        return len(self._about)

    def about(self, image: str) -> Thumbnail:
        """Size, label and key of one image; an unknown one is square and nameless, so that a page still draws."""
        return self._about.get(image, Thumbnail(image, "", "", 1, 1))

    def thumbnail(self, image: str) -> bytes | None:
        """The WebP of one image, or None where the store does not have it.

        Raises:
            UserError: if the part that has it is missing or damaged since it was first read.
        """
        place = self._places.get(image)
        if place is None:
            return None
        with self._lock:  # a ParquetFile is not for two threads
            return self._group(place.part, place.group)[place.row]

    def parts_of(self, images: Iterable[str]) -> dict[str, FileInfo]:
        """The parts that have some of these images; an image that no part has is passed over."""
        needed = {self._places[image].part for image in images if image in self._places}
        return {part: self._files.listed[part] for part in sorted(needed)}

    def _index(self, part: str, path: Path) -> None:
        with open_checked(path, SCHEMA, (0, MOST_ROWS), {}) as file:
            groups = [file.metadata.row_group(group) for group in range(file.num_row_groups)]
            table = file.read(columns=list(Thumbnail._fields))
        if any(group.num_rows > ROW_GROUP or group.total_byte_size > ROW_GROUP * LARGEST for group in groups):
            raise Unfit("has larger row groups than a store's")
        rows = _checked(table).to_pylist()
        places = [_Place(part, number, row) for number, group in enumerate(groups) for row in range(group.num_rows)]
        for about, place in zip(rows, places, strict=True):
            self._about[about["hash"]] = Thumbnail(**about)
            self._places[about["hash"]] = place

    def _read_group(self, part: str, group: int) -> list[bytes]:
        with self._files.using(part) as path, pq.ParquetFile(path) as file:
            table = file.read_row_group(group, columns=["image.bytes"])
            return [image["bytes"] for image in table.column("image").to_pylist()]


def _checked(table: pa.Table) -> pa.Table:
    """What is known of the images, with texts and sizes within bounds."""
    refuse_nulls(table)
    require_form(table, "hash", HASH)
    for name, longest in (("key", LONGEST_KEY), ("label", LONGEST_LABEL)):
        require_length(table, name, longest)
    for name in ("width", "height"):
        require(table[name].to_numpy(), name, 1, THUMBNAIL_SIDE)
    return table


def add_part(directory: Path, thumbnails: Iterable[tuple[Thumbnail, bytes]]) -> Path | None:
    """Write one more part, atomically; None where there was nothing to add.

    Args:
        directory: of the store; made if it is missing.
        thumbnails: what is known of each image, and its WebP.
    """
    rows = [about._asdict() | {"image": {"bytes": webp, "path": f"{about.hash}.webp"}} for about, webp in thumbnails]
    if not rows:
        return None
    directory.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256("".join(str(row["hash"]) for row in rows).encode()).hexdigest()[:16]
    path, partial = directory / f"part-{name}.parquet", directory / f"{name}.partial"
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), partial, compression="none", row_group_size=ROW_GROUP)
    os.replace(partial, path)
    return path
