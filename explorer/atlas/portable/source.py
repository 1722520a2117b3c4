"""Where an atlas comes from: a packed file or a copy of the Hub; and the copying of one file of it, within its bounds."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from tqdm import tqdm

from explorer.atlas.curated import FILE as CURATED
from explorer.atlas.curated import LARGEST as LARGEST_CURATED
from explorer.atlas.manifest import MANIFEST, FileInfo, Manifest
from explorer.atlas.portable.contents import listed
from explorer.errors import UserError

BLOCK = 2**20  # bytes copied at once


class Source(Protocol):
    """Where an atlas comes from."""

    name: str
    """For messages."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes of every file, by its path."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A file to read from its beginning."""
        ...


def atlas_names(paths: Iterable[str]) -> list[str]:
    """The names of the atlases whose manifests are among these paths."""
    split = (path.split("/") for path in paths)
    return sorted(parts[0] for parts in split if len(parts) == 2 and parts[1] == MANIFEST)


def check_sizes(source: Source, manifest: Manifest) -> None:
    """Refuse a source that lacks a file, or has it in another size than the manifest lists.

    Raises:
        UserError: naming the first such file.
    """
    there, wanted = source.sizes(), listed(manifest)
    for path, info in wanted.items():
        if there.get(path) != info.bytes:
            raise UserError(
                f"{source.name}: {path} is {'missing' if path not in there else 'damaged'}: {there.get(path, 0):,} of "
                f"{info.bytes:,} bytes; get it anew"
            )
    if there.get(f"{manifest.name}/{CURATED}", 0) > LARGEST_CURATED:
        raise UserError(f"{source.name}: {CURATED} is larger than {LARGEST_CURATED // 2**20} MB")


def require_equal(source: Source, path: str, info: FileInfo, digest: str) -> None:
    """Refuse a file whose SHA-256 is not the one that the manifest lists.

    Raises:
        UserError: naming it.
    """
    if digest != info.sha256:
        raise UserError(f"{source.name}: {path} is damaged: its SHA-256 is not what the manifest lists; get it anew")


def copy_file(source: Source, path: str, size: int, aside: Path, bar: tqdm | None = None) -> str:
    """Copy one file of `size` bytes, gives its SHA-256; of one that is longer, no more."""
    (aside / path).parent.mkdir(parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), size
    with source.open(path) as read, (aside / path).open("xb") as write:
        while block := read.read(min(BLOCK, left)):
            digest.update(block)
            write.write(block)
            left -= len(block)
            if bar is not None:
                bar.update(len(block))
    return digest.hexdigest()
