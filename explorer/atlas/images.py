"""The image store: thumbnails of one image set, keyed by content hash and shared by the atlases built on it.

A directory of Parquet parts, written once and never changed; a later atlas adds a part with the images still missing.
The `image` column has the layout of the Hub's image viewer. Row groups are small, so one thumbnail costs one short read.
"""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.errors import UserError

ROW_GROUP = 32  # thumbnails per row group: about 200 kB to read for one
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
    part: int
    group: int
    row: int


class ImageStore:
    """Reads thumbnails by content hash; safe to share between threads.

    Args:
        directory: of the store; an empty or missing one is a store without images.

    Raises:
        UserError: if a part is damaged or of another layout.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._paths = sorted(directory.glob("part-*.parquet"))
        self._about: dict[str, Thumbnail] = {}
        self._places: dict[str, _Place] = {}
        self._lock = threading.Lock()
        for part, path in enumerate(self._paths):
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
        """The WebP of one image, or None where the store does not have it."""
        place = self._places.get(image)
        if place is None:
            return None
        with self._lock:  # a ParquetFile is not for two threads
            return self._group(place.part, place.group)[place.row]

    def _index(self, part: int, path: Path) -> None:
        try:
            file = pq.ParquetFile(path)
            if not file.schema_arrow.remove_metadata().equals(SCHEMA):
                raise UserError(f"image store {path}: its columns are not an image store's; build the atlas again")
            starts = [0]
            for group in range(file.num_row_groups):
                starts.append(starts[-1] + file.metadata.row_group(group).num_rows)
            rows = file.read(columns=list(Thumbnail._fields)).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise UserError(f"image store {path} is damaged: delete it and build the atlas again") from error
        for group, start in enumerate(starts[:-1]):
            for row, about in enumerate(rows[start : starts[group + 1]]):
                self._about[about["hash"]] = Thumbnail(**about)
                self._places[about["hash"]] = _Place(part, group, row)

    def _read_group(self, part: int, group: int) -> list[bytes]:
        table = pq.ParquetFile(self._paths[part]).read_row_group(group, columns=["image"])
        return [image["bytes"] for image in table.column("image").to_pylist()]


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
