"""The image store: thumbnails of one image set, keyed by content hash and shared by the atlases built on it.

A directory of Parquet parts, see `explorer.atlas.image_parts`. An atlas's manifest lists the parts that it needs, and it reads no
others.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.hashes import unpacked
from explorer.atlas.image_parts import ROW_GROUP, SCHEMA, Parts, Place, digest
from explorer.atlas.integrity import CheckedFiles, file_info
from explorer.atlas.manifest import FileInfo


class Thumbnail(NamedTuple):
    """What is known of a stored image without reading its pixels."""

    hash: str
    key: str
    label: str
    width: int
    height: int


class ImageStore:
    """Reads thumbnails by content hash, from some parts of a store; safe to share between threads.

    Args:
        directory: of the store; an empty or missing one is a store without images.
        listed: the parts to read, and what each must be; all that are there, as they are, if None.
        owner: whose store it is, in messages.
        parts: what was read of this directory already, to share; nothing if None.

    Raises:
        UserError: if a part is missing, damaged or of another layout.
    """

    def __init__(
        self,
        directory: Path,
        listed: Mapping[str, FileInfo] | None = None,
        owner: str = "image store",
        parts: Parts | None = None,
    ) -> None:
        self.directory = directory
        if listed is None:
            listed = {path.name: file_info(path) for path in sorted(directory.glob("part-*.parquet"))}
        self._files = CheckedFiles(directory, listed, owner)
        self._parts = parts or Parts(directory.name)
        self._own = np.array(self._parts.read(self._files), np.int32)
        self.name = self._parts.name if self._is_first() else f"{self._parts.name}-{digest(listed)}"

    def __contains__(self, image: str) -> bool:
        return self._place(image) is not None

    def __iter__(self) -> Iterator[str]:
        """All images, sorted by hash."""
        return map(unpacked, self._distinct())

    def __len__(self) -> int:
        return len(self._distinct())

    def about(self, image: str) -> Thumbnail:
        """Size, label and key of one image; an unknown one is square and nameless, so that a page still draws."""
        place = self._place(image)
        if place is None:
            return Thumbnail(image, "", "", 1, 1)
        part, row = self._parts[place.part], place.row
        return Thumbnail(image, part.keys.of(row), part.labels.of(row), int(part.width[row]), int(part.height[row]))

    def thumbnail(self, image: str) -> bytes | None:
        """The WebP of one image, or None where the store does not have it.

        Raises:
            UserError: if the part that has it is missing or damaged since it was first read.
        """
        place = self._place(image)
        return None if place is None else self._parts.webp(place)

    def sample(self, most: int) -> list[str]:
        """At most so many images, drawn evenly by hash; in the order in which they lie, so that each row group is read once."""
        hashes = self._distinct()
        drawn = map(unpacked, hashes[:: max(1, len(hashes) // most)][:most])
        return sorted(drawn, key=lambda image: self._place(image) or Place(0, 0))

    def missing(self, images: np.ndarray) -> int:
        """How many of these images, packed as `explorer.atlas.hashes` says, no part has."""
        return int((~np.isin(images, self._rows()[0])).sum())

    def parts_of(self, images: np.ndarray) -> dict[str, FileInfo]:
        """The parts that have some of these images, packed likewise; an image that no part has is passed over."""
        hashes, part = self._rows()
        read = _first(hashes) & np.isin(hashes, images)  # an image is read from the first part that has it
        needed = {self._parts[number].name for number in np.unique(part[read])}
        return {name: self._files.listed[name] for name in sorted(needed)}

    def _place(self, image: str) -> Place | None:
        return next((place for place in self._parts.places(image) if place.part in self._own), None)

    def _distinct(self) -> np.ndarray:
        """The hashes of all images, in order: some milliseconds for a million."""
        hashes, _ = self._rows()
        return hashes[_first(hashes)]

    def _rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Hash and part of every row of its own parts, sorted by hash."""
        hashes, part, _ = self._parts.index
        own = np.isin(part, self._own)
        return hashes[own], part[own]

    def _is_first(self) -> bool:
        """Whether no other part that was read before has an image of these: then all who see the store see the same."""
        hashes, part, _ = self._parts.index
        own = np.isin(part, self._own)
        return bool(np.isin(hashes[own], hashes[own & _first(hashes)]).all())


def _first(hashes: np.ndarray) -> np.ndarray:
    """Of hashes in order, which are not those before them."""
    return np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)]


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
    table = pa.Table.from_pylist(rows, SCHEMA)  # its statistics would be the least and the greatest image of each row group
    pq.write_table(table, partial, compression="none", row_group_size=ROW_GROUP, write_statistics=False)
    os.replace(partial, path)
    return path
