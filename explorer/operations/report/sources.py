"""Sources: what the figures of a report follow from, so that a table can be cited and found again."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.results import Result

LATER = ("l1", "mono")  # of an SAE, since schema version 6: an atlas that does not tell them keeps the hash that it had
DIGITS = 12  # of a hash that are shown
CITED = ("hash", "dataset", "fingerprint")  # columns of a table that is kept outside


@dataclass(frozen=True)
class AtlasSource(Result):
    """An atlas as a table cites it."""

    atlas: str
    hash: str
    """See `atlas_hash`."""
    dataset: str
    fingerprint: str
    """Hash of the content, key and label of every scored image: the split."""
    images: int
    """Scored images."""
    similarities: tuple[str, ...]
    """The similarity encoders E, the main one first."""


def atlas_hash(atlas: Atlas) -> str:
    """12 hexadecimal digits of the SHA-256 over all that an atlas's figures follow from.

    That is encoder, tap, SAE, images, pooling, similarity encoders and the metrics themselves. Names, steering and the map do not
    change it, nor does a new schema version.
    """
    about = atlas.manifest.model_dump(mode="json")
    content = {
        "encoder": about["encoder"]["weights"],
        "tap": about["tap"]["name"],
        "sae": {name: value for name, value in about["sae"].items() if value is not None or name not in LATER},
        "images": about["dataset"]["fingerprint"],
        "pooling": about["pooling"],
        "similarity": [(info["name"], info["weights"]) for info in about["similarity"]],
        "metrics": {name: about["metrics"][name] for name in ("r2", "l0", "dead", "ms")},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGITS]


def source(atlas: Atlas) -> AtlasSource:
    """The atlas as a table cites it."""
    data = atlas.manifest.dataset
    return AtlasSource(
        atlas.name, atlas_hash(atlas), data.name, data.fingerprint[:DIGITS], data.images, tuple(atlas.similarities)
    )


def cited(table: pd.DataFrame, sources: Sequence[AtlasSource]) -> pd.DataFrame:
    """The table with the columns CITED behind the one that names its atlas, or atlases; one without such a column as it is."""
    column = next((name for name in ("atlas", "atlases") if name in table), None)
    if column is None:
        return table
    by_name = {source.atlas: source for source in sources}
    place = table.columns.get_loc(column)
    cited = table.copy()
    for offset, field in enumerate(CITED, start=1):
        values = [_joined(getattr(by_name[name], field) for name in names.split(", ")) for names in table[column]]
        cited.insert(int(place) + offset, field, values)  # type: ignore[arg-type]
    return cited


def _joined(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
