"""A Hugging Face dataset as an image set: saved on disk, or by name from the Hub."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from explorer.errors import UserError
from explorer.models.hub import hub
from precompute.sources.base import ImageSet, check_size, read_regular


@dataclass
class HubDataset:
    """One split of a dataset with an image column."""

    name: str
    keys: list[str]
    labels: list[str]
    rows: Any
    """The `datasets.Dataset`; its images are not decoded."""
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

    location, _, split = spec.removeprefix("hf:").partition("@")
    try:
        if spec.startswith("hf:"):
            name, _, config = location.partition(":")
            with hub(spec):
                loaded: Any = datasets.load_dataset(name, config or None, split=split or None)
        else:
            loaded = datasets.load_from_disk(location)
    except Exception as error:  # the Hub's client raises errors of many types; users need one sentence
        raise UserError(f"--images {spec}: datasets cannot load it ({str(error).splitlines()[0][:200]})") from error
    if isinstance(loaded, dict):
        if split not in loaded and len(loaded) > 1:
            how = f"{location}@{next(iter(loaded))}" if spec.startswith("hf:") else str(Path(spec) / next(iter(loaded)))
            how = f"hf:{how}" if spec.startswith("hf:") else how
            raise UserError(f"--images {spec}: it has the splits {', '.join(loaded)}; choose one, as in --images {how}")
        loaded = loaded[split] if split in loaded else next(iter(loaded.values()))
    return loaded


def _labels(rows: Any, image_column: str) -> list[str]:
    import datasets

    named = {name: f for name, f in rows.features.items() if isinstance(f, datasets.ClassLabel)}
    column = next(iter(named), "label" if "label" in rows.features and image_column != "label" else None)
    if column is None:
        return [""] * len(rows)
    return [str(named[column].int2str(value)) if column in named else str(value) for value in rows[column]]
