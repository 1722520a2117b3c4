"""Image sets: a folder, tar shards, or a Hugging Face dataset, each a list of pictures with keys and labels.

photos/                      every picture below it, in order of path; label = parent folder
photos/ + --labels FILE.csv  the files that the CSV lists (columns file, label), in its order
shards/*.tar                 WebDataset shards: members that share a stem are one sample (.jpg and .cls or .json)
saved/                       a dataset written by `datasets.save_to_disk`
hf:NAME[:CONFIG][@SPLIT]     a dataset of the Hugging Face Hub
"""

import csv
import hashlib
import os
import stat
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path
from typing import Protocol, Self

from explorer.errors import UserError

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"}


class ImageSet(Protocol):
    """Pictures in a fixed order. `keys[i]` and `labels[i]` belong to what `read(i)` gives."""

    keys: list[str]
    labels: list[str]

    @property
    def name(self) -> str:
        """For people."""
        ...

    def read(self, index: int, most: int) -> bytes:
        """The file's bytes.

        Raises:
            OSError: where it cannot be read.
            UserError: where it is no regular file, or larger than `most` bytes.
        """
        ...

    def stamp(self) -> str:
        """A hash that changes when the list of pictures does; cheap, reads no pixels."""
        ...

    def part(self, within: slice) -> Self:
        """Some of them as a set of their own, for a worker that need not know the others."""
        ...


@dataclass
class Folder:
    """Picture files below one directory."""

    root: Path
    keys: list[str]
    labels: list[str]
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be listed."""

    @property
    def name(self) -> str:
        return self.root.resolve().name

    def read(self, index: int, most: int) -> bytes:
        return read_regular(self.root / self.keys[index], most)

    def stamp(self) -> str:
        digest = hashlib.sha256()
        for key, label in zip(self.keys, self.labels, strict=True):
            path = self.root / key
            about = path.stat() if path.exists() else None
            digest.update(f"{key}\0{label}\0{about and (about.st_size, about.st_mtime_ns)}\n".encode())
        return digest.hexdigest()[:16]

    def part(self, within: slice) -> Self:
        return replace(self, root=self.root.resolve(), keys=self.keys[within], labels=self.labels[within])


def read_regular(path: Path, most: int) -> bytes:
    """A regular file's bytes; nothing is read of a pipe, a device, or a file that is too large.

    Raises:
        OSError: where it cannot be opened.
        UserError: where it is none, or larger than `most` bytes.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # a pipe would be waited for
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise UserError("not a regular file")
        check_size(about.st_size, most)
        return file.read(most)


def check_size(size: int, most: int) -> None:
    """Refuse a file by its size.

    Raises:
        UserError: if it is larger than `most` bytes.
    """
    if size > most:
        raise UserError(f"a file of {size / 1e6:,.1f} MB is more than the {most / 1e6:,.1f} MB accepted; see --max-megapixels")


def open_images(spec: str, labels: Path | None = None) -> ImageSet:
    """Open an image set by any of the forms above.

    Raises:
        UserError: if there is nothing by that name, or no picture in it.
    """
    if spec.startswith("hf:") or (Path(spec) / "dataset_info.json").is_file() or (Path(spec) / "dataset_dict.json").is_file():
        from precompute.sources.datasets import open_dataset

        images: ImageSet = open_dataset(spec)
    elif spec.endswith(".tar"):
        from precompute.sources.tar import open_shards

        images = open_shards(sorted(glob(spec)), spec)
    else:
        images = open_folder(Path(spec), labels)
    if not images.keys:
        raise UserError(f"--images {spec}: no picture found there; pictures end in {', '.join(sorted(EXTENSIONS))}")
    return images


def open_folder(root: Path, labels: Path | None) -> Folder:
    """Pictures below `root`: those a CSV lists, or all."""
    if not root.is_dir():
        raise UserError(f"--images {root}: there is no such directory; give a folder of pictures, TARS/*.tar or hf:NAME")
    if labels is not None:
        keys, names = _read_labels(labels)
        return Folder(root, keys, names)
    unreadable: list[str] = []
    keys = []
    for folder, _subfolders, files in os.walk(root, onerror=lambda error: unreadable.append(str(error.filename))):
        found = (Path(folder, file) for file in files if Path(file).suffix.lower() in EXTENSIONS)
        keys += [path.relative_to(root).as_posix() for path in found]
    keys.sort()
    return Folder(root, keys, [key.split("/")[-2] if "/" in key else "" for key in keys], unreadable)


def _read_labels(path: Path) -> tuple[list[str], list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--labels {path}: cannot be read as CSV ({error}); give a file with the columns file,label") from error
    if not rows or not {"file", "label"} <= set(rows[0]):
        found = ", ".join(rows[0]) if rows else "no rows"
        raise UserError(f"--labels {path}: needs the columns file and label, found {found}; add them")
    outside = [row["file"] for row in rows if Path(row["file"]).is_absolute() or ".." in Path(row["file"]).parts]
    if outside:
        raise UserError(f"--labels {path}: {outside[0]} points outside the image folder; name files relative to it")
    return [row["file"] for row in rows], [row["label"] or "" for row in rows]
