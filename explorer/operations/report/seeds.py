"""Figures of SAEs that differ in their seed alone: means over the seeds, and how far the seeds lie apart."""

from collections.abc import Sequence

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.report.baseline import made_from
from explorer.operations.report.curves import summary

SETTINGS = ["encoder", "tap", "sae", "neurons", "expansion", "k", "mono", "steps", "images", "similarity"]  # columns of a summary
FIGURES = ["r2", "l0", "dead", "best_ms", "mean_ms"]
COLUMNS = ["atlases", *SETTINGS, "seeds", *(column for name in FIGURES for column in (name, f"{name}_std"))]


def over_seeds(atlases: Sequence[Atlas]) -> pd.DataFrame:
    """Return one row an E and group of atlases that differ in their seed alone, of two seeds or more; COLUMNS.

    `atlases` are their names, `seeds` their number. Each of FIGURES is its mean over the seeds, and `…_std` its standard
    deviation, with n − 1; NaN where one is unknown. Of atlases with the same seed the first counts.
    """
    groups: dict[tuple[object, ...], dict[int | None, pd.Series]] = {}
    for atlas in atlases:
        for _, row in summary(atlas).iterrows():
            groups.setdefault(_all_but_the_seed(atlas, str(row["similarity"])), {}).setdefault(atlas.manifest.sae.seed, row)
    rows = [_row(pd.DataFrame(by_seed.values())) for by_seed in groups.values() if len(by_seed) > 1]
    return pd.DataFrame(rows, columns=COLUMNS)


def _all_but_the_seed(atlas: Atlas, similarity: str) -> tuple[object, ...]:
    return similarity, *made_from(atlas, similarity), atlas.manifest.sae.model_copy(update={"seed": None, "sha256": None})


def _row(of_seeds: pd.DataFrame) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name in FIGURES:
        values = of_seeds[name].astype(float)
        figures |= {name: values.mean(skipna=False), f"{name}_std": values.std(skipna=False)}
    return {"atlases": ", ".join(of_seeds["atlas"]), "seeds": len(of_seeds)} | of_seeds.iloc[0][SETTINGS].to_dict() | figures
