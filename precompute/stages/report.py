"""The stage report: finished atlases → tables to compare with the paper's (PAPER.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
from tyro.conf import Positional, arg

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import ANYWHERE
from explorer.atlas.library import open_library
from explorer.atlas.manifest import MANIFEST
from explorer.errors import UserError
from explorer.models.neuron_reader import load_neuron_reader
from explorer.operations.report.curves import levels
from explorer.operations.report.sources import source
from explorer.operations.report.tables import frame, joined
from precompute.evaluate import hierarchy
from precompute.evaluate.tables import check_directory, show, write_tables
from precompute.evaluate.uniqueness import uniqueness
from precompute.options import MaybePath, at_least
from precompute.storybook.evaluate import kind_tree
from precompute.storybook.evaluate.scenes import draw_scenes
from precompute.storybook.evaluate.similarity import ceilings_of
from precompute.storybook.evaluate.truth import evaluate

STORYBOOK = "storybook"
Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Report:
    """Evaluate atlases: MS by rank and level, means over seeds, unique neurons, gain over the baseline; with --truth, the
    attributes that neurons match.

    Examples: python -m precompute report atlases/photos atlases/photos-baseline

    python -m precompute report atlases --tree birds.csv --out birds-report

    python -m precompute report assets/storybook/atlases --truth --tree storybook
    """

    atlases: Positional[tuple[Path, ...]]
    """Atlases, or directories of atlases; the others are compared with a baseline (--sae none) among them."""
    out: Path = Path("work/report")
    """Directory to write each table to, as CSV and as Parquet."""
    tree: Annotated[str | None, arg(metavar="FILE|storybook")] = None
    """Tree of the images' labels: CSV with the columns child,parent, the root's parent empty; storybook: its kinds of things."""
    labels: MaybePath = None
    """CSV with the columns file,label: labels in the tree, instead of those that the atlas was built with."""
    truth: bool = False
    """Compare the neurons of Storybook's atlases with new scenes whose content is known."""
    scenes: int = 2000
    """Number of new scenes, with --truth."""
    workers: int = 2
    """Processes that draw the scenes."""


def run(config: Report) -> None:
    """Write the tables to `config.out` and print the short ones.

    Raises:
        UserError: if an atlas, the tree or the labels cannot be read, or --truth is set and no atlas shows Storybook's scenes.
    """
    at_least(100, scenes=config.scenes)
    at_least(1, workers=config.workers)
    check_directory(config.out)
    atlases = _open(config.atlases)
    tables = _of_atlases(config, atlases)
    if config.truth:
        tables |= _of_truth(config, atlases)
    write_tables(config.out, tables, [source(atlas) for atlas in atlases])
    show(tables)
    print(f"report: {len(atlases):,} atlases, {len(tables)} tables in {config.out}")


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


def _of_atlases(config: Report, atlases: list[Atlas]) -> Tables:
    """The tables that need the atlases alone."""
    unique = [uniqueness(atlas) for atlas in atlases]
    return {
        **{name: frame(atlases, name) for name in ("summary", "seeds", "curves")},
        "levels": joined(list(_levels(config, atlases))),
        "uniqueness": joined([overlap.whole for overlap in unique]),
        "alike": joined([overlap.alike for overlap in unique]),
        "above_baseline": frame(atlases, "above_baseline"),
    }


def _levels(config: Report, atlases: list[Atlas]) -> Iterable[pd.DataFrame]:
    if config.tree is None:
        if config.labels:
            raise UserError(f"--labels {config.labels}: labels need a tree; add --tree FILE")
        yield from map(levels, atlases)
        return
    tree = kind_tree.kind_tree() if config.tree == STORYBOOK else hierarchy.read_tree(Path(config.tree))
    for atlas in atlases:
        yield levels(atlas, hierarchy.depths(atlas, tree, _labels(config, atlas)))


def _labels(config: Report, atlas: Atlas) -> hierarchy.Labels:
    if config.labels:
        return hierarchy.read_labels(atlas, config.labels)
    return kind_tree.kinds_shown(atlas) if config.tree == STORYBOOK else hierarchy.store_labels(atlas)


def _of_truth(config: Report, atlases: list[Atlas]) -> Tables:
    """The tables that compare the atlases of Storybook's scenes with new scenes."""
    drawn = [atlas for atlas in atlases if kind_tree.shows_scenes(atlas)]
    if not drawn:
        raise UserError(
            "--truth: none of these atlases shows Storybook's scenes, the only ones whose truth is known; leave it out"
        )
    scenes = draw_scenes(config.scenes, config.workers)
    truths = []
    for number, atlas in enumerate(drawn, start=1):
        print(f"truth: {atlas.name}, {number} of {len(drawn)}")
        truths.append(evaluate(atlas, load_neuron_reader(atlas, ANYWHERE), scenes))
    names = {
        "truth": "neurons",
        "truth_summary": "whole",
        "truth_coverage": "coverage",
        "truth_ms": "ms",
        "truth_missed": "missed",
    }
    tables = {table: joined([getattr(truth, part) for truth in truths]) for table, part in names.items()}
    return tables | {"truth_ceilings": ceilings_of(drawn, scenes)}
