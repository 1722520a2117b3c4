"""The stage after the last, report: finished atlases → tables that stand beside the paper's (PAPER.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
from tyro.conf import Positional, arg

from explorer.atlas.atlas import Atlas, open_library
from explorer.atlas.manifest import MANIFEST
from explorer.errors import UserError
from explorer.models.firing import ANYWHERE, load_firing
from precompute.evaluate import curves, hierarchy
from precompute.evaluate.baseline import above_baseline
from precompute.evaluate.tables import check_directory, joined, show, write_tables
from precompute.evaluate.uniqueness import uniqueness
from precompute.options import MaybePath, at_least
from precompute.storybook.evaluate import kind_tree
from precompute.storybook.evaluate.scenes import draw_scenes
from precompute.storybook.evaluate.truth import evaluate

STORYBOOK = "storybook"
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Report:
    """Say what atlases are worth: MS by rank and level, unique neurons, gain over the baseline; with --truth, what neurons match.

    Examples: python -m precompute report atlases/photos atlases/photos-baseline

    python -m precompute report atlases --tree birds.csv --out birds-report

    python -m precompute report assets/storybook/atlases --truth --tree storybook
    """

    atlases: Positional[tuple[Path, ...]]
    """Atlases, or directories of atlases; a baseline (--sae none) among them is what the others are held against."""
    out: Path = Path("work/report")
    """Directory to write each table to, as CSV and as Parquet."""
    tree: Annotated[str | None, arg(metavar="FILE|storybook")] = None
    """Tree of the images' labels: CSV with the columns child,parent, the root's parent empty; storybook: its kinds of things."""
    labels: MaybePath = None
    """CSV with the columns file,label: labels in the tree, instead of those that the atlas was built with."""
    truth: bool = False
    """Hold the neurons of Storybook's atlases against new scenes of which everything is known."""
    scenes: int = 2000
    """How many, with --truth."""
    workers: int = 2
    """Processes that draw them."""


def run(ask: Report) -> None:
    """Do what is asked.

    Raises:
        UserError: if an atlas, the tree or the labels are not what they should be, or nothing is there to hold against the truth.
    """
    at_least(100, scenes=ask.scenes)
    at_least(1, workers=ask.workers)
    check_directory(ask.out)
    atlases = _open(ask.atlases)
    tables = _of_atlases(ask, atlases)
    if ask.truth:
        tables |= _of_truth(ask, atlases)
    write_tables(ask.out, tables)
    show(tables)
    print(f"report: {len(atlases):,} atlases, {len(tables)} tables in {ask.out}")


def _open(roots: tuple[Path, ...]) -> list[Atlas]:
    if not roots:
        raise UserError("report needs at least one atlas: name its directory, or one that holds several")
    for root in roots:
        if not (root / MANIFEST).is_file() and not any(root.glob(f"*/{MANIFEST}")):
            raise UserError(f"{root}: no atlas is there; give the directory that `precompute atlas --out` wrote, or one above it")
    library = open_library(list(dict.fromkeys(root.resolve() for root in roots)))
    if library.problems:
        raise library.problems[0]
    return list(library.atlases.values())


def _of_atlases(ask: Report, atlases: list[Atlas]) -> Tables:
    """What the atlases alone tell."""
    unique = [uniqueness(atlas) for atlas in atlases]
    return {
        "summary": joined([curves.summary(atlas) for atlas in atlases]),
        "curves": joined([curves.curves(atlas) for atlas in atlases]),
        "levels": joined(list(_levels(ask, atlases))),
        "uniqueness": joined([found.whole for found in unique]),
        "alike": joined([found.alike for found in unique]),
        "above_baseline": joined([above_baseline(atlases)]),
    }


def _levels(ask: Report, atlases: list[Atlas]) -> Iterable[pd.DataFrame]:
    if ask.tree is None:
        if ask.labels:
            raise UserError(f"--labels {ask.labels}: labels are asked for their place in a tree; add --tree FILE")
        yield from map(curves.levels, atlases)
        return
    tree = kind_tree.kind_tree() if ask.tree == STORYBOOK else hierarchy.read_tree(Path(ask.tree))
    for atlas in atlases:
        yield curves.levels(atlas, hierarchy.depths(atlas, tree, _labels(ask, atlas)))


def _labels(ask: Report, atlas: Atlas) -> hierarchy.Labels:
    if ask.labels:
        return hierarchy.read_labels(atlas, ask.labels)
    return kind_tree.kinds_shown(atlas) if ask.tree == STORYBOOK else hierarchy.store_labels(atlas)


def _of_truth(ask: Report, atlases: list[Atlas]) -> Tables:
    """What fresh scenes tell of the atlases that show Storybook's."""
    known = [atlas for atlas in atlases if kind_tree.shows_scenes(atlas)]
    if not known:
        raise UserError(
            "--truth: none of these atlases shows Storybook's scenes, the only ones whose truth is known; leave it out"
        )
    scenes = draw_scenes(ask.scenes, ask.workers)
    found = []
    for number, atlas in enumerate(known, start=1):
        print(f"truth: {atlas.name}, {number} of {len(known)}")
        found.append(evaluate(atlas, load_firing(atlas, ANYWHERE), scenes))
    names = {"truth": "neurons", "truth_summary": "whole", "truth_coverage": "coverage", "truth_ms": "ms"}
    return {table: joined([getattr(truth, part) for truth in found]) for table, part in names.items()}
