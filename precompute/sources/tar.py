"""WebDataset tar shards as an image set: indexed once, then read at random by offset."""

import hashlib
import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from explorer.errors import UserError
from precompute.sources.folder import EXTENSIONS, ImageSet, check_size

_LABELS = (".cls", ".txt", ".json")
_LABEL_BYTES = 2**20  # read of a label file at most


@dataclass
class TarShards:
    """Samples of tar shards, in order of shard and place."""

    name: str
    keys: list[str]
    labels: list[str]
    places: list[tuple[Path, int, int]]
    """Shard, offset and size of each picture."""

    def read(self, index: int, most: int) -> bytes:
        path, offset, size = self.places[index]
        check_size(size, most)
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def stamp(self) -> str:
        told = [(key, label, str(p[0].name), *p[1:]) for key, label, p in zip(self.keys, self.labels, self.places, strict=True)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    def part(self, within: slice) -> Self:
        places = [(path.resolve(), offset, size) for path, offset, size in self.places[within]]
        return replace(self, keys=self.keys[within], labels=self.labels[within], places=places)


def open_shards(paths: list[str], spec: str) -> ImageSet:
    """Index tar shards.

    Raises:
        UserError: if no file matches, or one is no tar file.
    """
    if not paths:
        raise UserError(f"--images {spec}: no file matches; check the pattern")
    shards = TarShards(Path(spec).parent.resolve().name, [], [], [])
    for path in map(Path, paths):
        if not path.is_file():
            raise UserError(f"--images {spec}: {path.name} is not a regular file; name tar files alone")
        try:
            _index(path, shards)
        except (tarfile.TarError, OSError) as error:
            raise UserError(f"--images {spec}: {path.name} is not a readable tar file ({error}); download it again") from error
    return shards


def _index(path: Path, shards: TarShards) -> None:
    labels: dict[str, str] = {}
    with tarfile.open(path) as tar:
        first = len(shards.keys)
        for member in filter(tarfile.TarInfo.isfile, tar):
            folder, slash, file = member.name.rpartition("/")
            key = folder + slash + file.partition(".")[0]  # WebDataset: a sample is what shares the name up to the first dot
            suffix = Path(file).suffix.lower()
            if suffix in EXTENSIONS:
                shards.keys.append(f"{path.stem}/{member.name}")
                shards.places.append((path, member.offset_data, member.size))
                shards.labels.append(key)  # its sample, until the label is known
            elif suffix in _LABELS and (content := tar.extractfile(member)):
                labels.setdefault(key, _label(suffix, content.read(_LABEL_BYTES)))
    shards.labels[first:] = [labels.get(key, "") for key in shards.labels[first:]]


def _label(suffix: str, content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    if suffix != ".json":
        return text
    try:
        about = json.loads(text)
    except ValueError:
        return ""
    known = about if isinstance(about, dict) else {}
    return next((str(known[name]) for name in ("label", "class", "cls", "caption") if name in known), "")
