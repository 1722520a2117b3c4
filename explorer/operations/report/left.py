"""Tables that need models and were left by `precompute`, read as plain CSV files within bounds.

Those of `report --truth` lie in the directory `report` beside the atlases, those of `evaluate-steering` in the directory
`steering` of each atlas; with them `sources.json`, which is written last and tells the hash of each atlas that they were made of.
A row counts while its atlas still has that hash.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.report.sources import CITED, atlas_hash

FOLDER, STEERING_FOLDER, SOURCES = "report", "steering", "sources.json"
TRUTH = ("truth_summary", "truth_coverage", "truth_ms", "truth_ceilings", "truth_missed")
STEERING = ("steering", "steering_curve", "steering_choice", "steering_predictors", "steering_similarity")
LEFT = (*TRUTH, *STEERING)
LARGEST = 4 * 2**20  # bytes of a file
MOST_ROWS = 20_000


def left_table(atlases: Sequence[Atlas], name: str) -> pd.DataFrame:
    """One of LEFT, of all directories that hold these atlases; empty where nobody made it, or of other versions of them."""
    parts = []
    for directory in dict.fromkeys(_folder(atlas, name) for atlas in atlases):
        here = {atlas.name: atlas_hash(atlas) for atlas in atlases if _folder(atlas, name) == directory}
        parts.append(_valid(_table(directory, name), _hashes(directory), here))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _folder(atlas: Atlas, name: str) -> Path:
    """Where a table of an atlas lies."""
    return atlas.directory / STEERING_FOLDER if name in STEERING else atlas.directory.parent / FOLDER


def _valid(table: pd.DataFrame, made_of: dict[str, str], here: dict[str, str]) -> pd.DataFrame:
    """The rows whose atlas is the one that they were made of; a table without atlases, if it was made of any of them."""
    same = [name for name, hash in here.items() if made_of.get(name) == hash]
    if "atlas" in table:
        return table.loc[table["atlas"].isin(same)]
    return table if same else table.iloc[:0]


def _table(directory: Path, name: str) -> pd.DataFrame:
    path = directory / f"{name}.csv"
    return _read_csv(path, path.stat().st_mtime_ns) if _readable(path) else pd.DataFrame()


@lru_cache(maxsize=64)
def _read_csv(path: Path, _changed: int) -> pd.DataFrame:
    try:
        return pd.read_csv(path, nrows=MOST_ROWS).drop(columns=list(CITED), errors="ignore")  # cited anew, by what is open
    except (ValueError, OSError):  # no table, or gone meanwhile; pandas' parser errors are ValueErrors
        return pd.DataFrame()


def _hashes(directory: Path) -> dict[str, str]:
    path = directory / SOURCES
    try:
        content = json.loads(path.read_text(encoding="utf-8")) if _readable(path) else {}
    except (ValueError, OSError, RecursionError):
        return {}
    return {str(name): str(hash) for name, hash in content.items()} if isinstance(content, dict) else {}


def _readable(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST
