"""A folder of image files as an image set: all files below it, or those that a CSV file lists."""

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from explorer.errors import UserError
from precompute.sources.base import EXTENSIONS, read_regular
from precompute.sources.labels import read_labels


@dataclass
class Folder:
    """Image files below one directory."""

    root: Path
    keys: list[str]
    labels: list[str]
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be listed."""
    links: list[str] = field(default_factory=list)
    """Folders that are links: they are not followed, since they may lead anywhere, back to themselves too."""

    @property
    def name(self) -> str:
        return self.root.resolve().name

    def read(self, index: int, most: int) -> bytes:
        return read_regular(self.root / self.keys[index], most)

    def stamp(self) -> str:
        digest = hashlib.sha256()
        for key, label in zip(self.keys, self.labels, strict=True):
            path = self.root / key
            status = path.stat() if path.exists() else None
            digest.update(f"{key}\0{label}\0{status and (status.st_size, status.st_mtime_ns)}\n".encode())
        return digest.hexdigest()[:16]

    def part(self, within: slice) -> Self:
        return replace(self, root=self.root.resolve(), keys=self.keys[within], labels=self.labels[within])


def open_folder(root: Path, labels: Path | None) -> Folder:
    """Open the images below `root`: those that the CSV file `labels` lists, or all, labelled by their parent folder.

    Raises:
        UserError: if there is no such folder, or the CSV file is refused.
    """
    if not root.is_dir():
        raise UserError(f"--images {root}: there is no such directory; give a folder of images, TARS/*.tar or hf:NAME")
    if labels is not None:
        return Folder(root, *read_labels(labels))
    unreadable: list[str] = []
    keys, links = [], []
    for folder, subfolders, files in os.walk(root, onerror=lambda error: unreadable.append(str(error.filename))):
        paths = (Path(folder, file) for file in files if Path(file).suffix.lower() in EXTENSIONS)
        keys += [path.relative_to(root).as_posix() for path in paths]
        links += [path.relative_to(root).as_posix() for path in map(Path(folder).joinpath, subfolders) if path.is_symlink()]
    keys.sort()
    return Folder(root, keys, [key.split("/")[-2] if "/" in key else "" for key in keys], unreadable, sorted(links))
