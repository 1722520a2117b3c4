"""The neurons that fire on a picture, or on two that are compared; and what the SAE misses of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.contrast import Contrast
from explorer.operations.read import Grid, Reading
from explorer.ui import text
from explorer.ui.pages.image import words
from explorer.ui.pages.image.rows import Bar, Fired, Row, bars, heats, row
from explorer.ui.parts.numbers import percent, score
from explorer.ui.templates import render

SKELETON = render("pages/image/fired_skeleton.html")
"""Shown while the encoder works."""


class Missed(NamedTuple):
    """What the SAE misses of each picture."""

    key: str
    heats: list[str]
    says: str
    bars: list[Bar]


class Section(NamedTuple):
    """Some neurons under one title."""

    title: str
    total: str
    rows: list[Row]


def fired_list(atlas: Atlas, reading: Reading, region: Sequence[int], grid: Grid | None) -> Markup:
    """The neurons of one picture, or of a region of it.

    Args:
        grid: of its patches; None where there are none.
    """
    rows = _rows(atlas, [(one,) for one in reading.neurons])
    return render(
        "pages/image/fired.html",
        sections=[Section("", "", rows)],
        region=_region_words(grid, region),
        part=bool(region),
        missed=_missed([reading.r2], [reading.missed]),
        nothing=words.NONE_FIRED_THERE if region else words.NONE_FIRED,
        text=text,
        words=words,
    )


def contrast_list(atlas: Atlas, contrast: Contrast) -> Markup:
    """The neurons that two pictures share, and those of each alone."""
    kinds: list[list[Fired]] = [
        [(one.first, one.second) for one in contrast.shared],
        [(one, None) for one in contrast.only_first],
        [(None, one) for one in contrast.only_second],
    ]
    titled = zip(words.KINDS, contrast.counts, kinds, strict=True)
    return render(
        "pages/image/fired.html",
        sections=[Section(title, f"{count:,}", _rows(atlas, fired)) for title, count, fired in titled],
        region="",
        part=False,
        missed=_missed(contrast.r2, contrast.missed),
        nothing=words.KIND_NONE,
        text=text,
        words=words,
    )


def _rows(atlas: Atlas, listed: list[Fired]) -> list[Row]:
    strongest = max((one.activation for fired in listed for one in fired if one), default=0.0)
    return [row(atlas, fired, strongest) for fired in listed]


def _region_words(grid: Grid | None, region: Sequence[int]) -> str:
    """Of which patches the neurons are; nothing where the tap has none."""
    said = words.REGION if region else words.ALL
    return said.format(chosen=len(region), all=f"{grid[0] * grid[1]:,}") if grid else ""


def _missed(r2: Sequence[float | None], maps: Sequence[np.ndarray | None]) -> Missed | None:
    """Nothing without an SAE."""
    known = [one for one in r2 if one is not None and np.isfinite(one)]
    if len(known) < len(r2):
        return None
    peak = max((float(patches.max()) for patches in maps if patches is not None), default=0.0)
    shares = [1 - one for one in known]
    return Missed(
        "missed",
        heats(list(maps), peak),
        words.MISSED_SAYS.format(peak=percent(peak)),
        bars(shares, 1.0, lambda share: words.MISSED_OF.format(share=percent(share), r2=score(1 - share))),
    )
