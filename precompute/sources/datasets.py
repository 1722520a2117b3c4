"""Hugging Face datasets as an image set: saved on disk, or by name from the Hub."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from explorer.errors import UserError
from precompute.sources.folder import ImageSet, check_size, read_regular


@dataclass
class HubDataset:
    """One split of a dataset with an image column."""

    name: str
    keys: list[str]
    labels: list[str]
    rows: Any
    """The `datasets.Dataset`, its images not decoded."""
    column: str

    def read(self, index: int, most: int) -> bytes:
        image = self.rows[index][self.column]
        if image["bytes"] is None:
            return read_regular(Path(image["path"]), most)
        check_size(len(image["bytes"]), most)
        return image["bytes"]

    def stamp(self) -> str:
        return hashlib.sha256(f"{self.rows._fingerprint}{len(self.keys)}".encode()).hexdigest()[:16]

    def part(self, within: slice) -> Self:
        rows = self.rows.select(range(*within.indices(len(self.keys))))
        return replace(self, keys=self.keys[within], labels=self.labels[within], rows=rows)


def open_dataset(spec: str) -> ImageSet:
    """Open a saved dataset (a directory) or `hf:NAME[:CONFIG][@SPLIT]`.

    Raises:
        UserError: if it cannot be loaded, or has no image column.
    """
    rows = _load(spec)
    import datasets

    column = next((name for name, feature in rows.features.items() if isinstance(feature, datasets.Image)), None)
    if column is None:
        raise UserError(f"--images {spec}: no image column among {', '.join(rows.features)}; name a dataset of images")
    rows = rows.cast_column(column, datasets.Image(decode=False))
    name = Path(spec.removeprefix("hf:").replace(":", "-").replace("@", "-")).name
    return HubDataset(name, [f"{i:08d}" for i in range(len(rows))], _labels(rows, column), rows, column)


def _load(spec: str) -> Any:
    import datasets

    where, _, split = spec.removeprefix("hf:").partition("@")
    try:
        if spec.startswith("hf:"):
            name, _, config = where.partition(":")
            found: Any = datasets.load_dataset(name, config or None, split=split or None)
        else:
            found = datasets.load_from_disk(where)
    except Exception as error:  # a Hub client raises many kinds; each means the same to who asked
        raise UserError(f"--images {spec}: datasets cannot load it ({str(error).splitlines()[0][:200]})") from error
    if isinstance(found, dict):
        if split not in found and len(found) > 1:
            raise UserError(
                f"--images {spec}: it has the splits {', '.join(found)}; add one as hf:NAME@SPLIT, or save one to disk"
            )
        found = found[split] if split in found else next(iter(found.values()))
    return found


def _labels(rows: Any, image_column: str) -> list[str]:
    import datasets

    named = {name: f for name, f in rows.features.items() if isinstance(f, datasets.ClassLabel)}
    column = next(iter(named), "label" if "label" in rows.features and image_column != "label" else None)
    if column is None:
        return [""] * len(rows)
    return [str(named[column].int2str(value)) if column in named else str(value) for value in rows[column]]
