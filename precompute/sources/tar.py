"""WebDataset tar shards as an image set: indexed once, then read by offset in any order."""

import hashlib
import json
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from explorer.errors import UserError
from precompute.sources.base import EXTENSIONS, ImageSet, check_size

_LABELS = (".cls", ".txt", ".json")
_LABEL_BYTES = 2**20  # at most read of a label file


@dataclass
class TarShards:
    """Image members of tar shards, in order of shard and offset."""

    name: str
    keys: list[str]
    labels: list[str]
    places: list[tuple[Path, int, int]]
    """Shard, offset and size of each image."""

    def read(self, index: int, most: int) -> bytes:
        path, offset, size = self.places[index]
        check_size(size, most)
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def stamp(self) -> str:
        members = [(key, label, p[0].name, *p[1:]) for key, label, p in zip(self.keys, self.labels, self.places, strict=True)]
        return hashlib.sha256(json.dumps(members).encode()).hexdigest()[:16]

    def part(self, within: slice) -> Self:
        places = [(path.resolve(), offset, size) for path, offset, size in self.places[within]]
        return replace(self, keys=self.keys[within], labels=self.labels[within], places=places)


def open_shards(paths: list[str], spec: str) -> ImageSet:
    """Index tar shards.

    Raises:
        UserError: if no file matches, or one is not a readable tar file.
    """
    if not paths:
        raise UserError(f"--images {spec}: no file matches; check the pattern")
    shards = TarShards(Path(spec).parent.resolve().name, [], [], [])
    for path in map(Path, paths):
        if not path.is_file():
            raise UserError(f"--images {spec}: {path.name} is not a regular file; give tar files alone")
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
            key = folder + slash + file.partition(".")[0]  # WebDataset: members of one sample share the name up to the first dot
            suffix = Path(file).suffix.lower()
            if suffix in EXTENSIONS:
                shards.keys.append(f"{path.stem}/{member.name}")
                shards.places.append((path, member.offset_data, member.size))
                shards.labels.append(key)  # the sample's key, until the label is known
            elif suffix in _LABELS and (content := tar.extractfile(member)):
                labels.setdefault(key, _label(suffix, content.read(_LABEL_BYTES)))
    shards.labels[first:] = [labels.get(key, "") for key in shards.labels[first:]]


def _label(suffix: str, content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    if suffix != ".json":
        return text
    try:
        parsed = json.loads(text)
    except ValueError:
        return ""
    fields = parsed if isinstance(parsed, dict) else {}
    return next((str(fields[name]) for name in ("label", "class", "cls", "caption") if name in fields), "")
