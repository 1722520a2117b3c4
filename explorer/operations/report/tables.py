"""The tables of a report: what each one's rows are, and each as pages, programs and agents get it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.report.baseline import above_baseline
from explorer.operations.report.curves import curves, levels, summary
from explorer.operations.report.left import LEFT, left_table
from explorer.operations.report.published import published
from explorer.operations.report.seeds import over_seeds
from explorer.operations.report.sources import AtlasSource, source
from explorer.operations.report.uniqueness import uniqueness
from explorer.operations.results import Result

TITLES = {  # table → what its rows are; PAPER.md §3 where the paper has a number to stand beside
    "summary": "Atlases, by similarity encoder E. Paper, CLIP-L and DINOv2: best MS 0.57 to 1.00, mean 0.12 to 0.23; no SAE 0.01",
    "seeds": "SAEs that differ in their seed alone: mean over the seeds ± standard deviation",
    "curves": "MS of every ranked neuron, from the highest down",
    "levels": "Matryoshka levels. Paper, iNaturalist: mean MS .06 .08 .09 .16 .24; depth 3.33 2.92 3.85 3.86 4.06",
    "uniqueness": "Pairs of neurons by their top 16 images. Paper: 16,000 of 75,368,503 overlap, 20 are alike (Jaccard > 0.5)",
    "alike": "Pairs of neurons whose top images are alike",
    "above_baseline": "Share of ranked neurons with an MS above the original dimensions'. Paper: about 0.9 at ×1, by rank",
    "truth": "What each neuron is focused on and what it matches, on fresh scenes",
    "truth_summary": "Neurons that fire on 16 scenes or more, and are focused on one thing (focus 0.8 or more)",
    "truth_coverage": "Share of attributes that some neuron is focused on, by family",
    "truth_ms": "Whether MS orders neurons by focus: Spearman's rank correlation, its 95 % interval, and given density (partial)",
    "truth_ceilings": "MS that a perfect detector of an attribute would have under each E, mean over the attributes of a family",
    "truth_missed": "Focused neurons that the main E puts in the lowest quarter",
    "steering": "Steering at matched strength and at each arm's best: concept there or gone, prompt followed or rest kept, both",
    "steering_curve": "Steering over the range of strengths, in multiples of a neuron's usual α or of its strongest activation",
    "steering_choice": "The most steerable neurons against those of the highest MS: answers that meet both criteria",
    "steering_predictors": "Which neurons steer: Spearman's correlation with the share of answers that meet both, random neurons",
    "steering_similarity": "Cosine of one-word answers and a neuron's images. Paper, white image: .212 unsteered, .259 steered",
    "published": "The numbers that the paper published",
}


@dataclass(frozen=True)
class ReportTable(Result):
    """A table of a report."""

    name: str
    title: str
    """What its rows are."""
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """Values in the order of the columns; NaN where one is unknown."""
    sources: tuple[AtlasSource, ...]
    """The atlases that it was made of."""


def joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Join tables of several atlases; reals are double precision, so that every form of a table holds the same numbers."""
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    reals = table.select_dtypes("float32").columns
    return table.astype(dict.fromkeys(reals, "float64"))


_OF_EACH: dict[str, Callable[[Atlas], pd.DataFrame]] = {
    "summary": summary,
    "curves": curves,
    "levels": levels,
    "uniqueness": uniqueness,
}
_OF_ALL: dict[str, Callable[[Sequence[Atlas]], pd.DataFrame]] = {"seeds": over_seeds, "above_baseline": above_baseline}
NAMES = (*_OF_EACH, *_OF_ALL, *LEFT, "published")  # that `frame` knows


def frame(atlases: Sequence[Atlas], name: str) -> pd.DataFrame:
    """One of NAMES: without atlases, or where nobody made a table that needs models, it is empty."""
    if name == "published":
        return published()
    if not atlases:
        return pd.DataFrame()
    if name in LEFT:
        return left_table(atlases, name)
    return joined([_OF_ALL[name](atlases)] if name in _OF_ALL else [_OF_EACH[name](atlas) for atlas in atlases])


def report_table(atlases: Sequence[Atlas], name: str) -> ReportTable:
    """One of NAMES with what its rows are and what they were made of."""
    table = frame(atlases, name)
    rows = tuple(tuple(None if value is pd.NA else value for value in row) for row in table.itertuples(index=False, name=None))
    cites = () if name == "published" else tuple(map(source, atlases))
    return ReportTable(name, TITLES[name], tuple(map(str, table.columns)), rows, cites)
