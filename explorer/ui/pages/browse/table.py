"""The neurons as a table: a row a neuron; the heads sort, by links like every other view."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import isnan
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS
from explorer.atlas.query import SORTS, Query
from explorer.operations.browse import NeuronSummary
from explorer.ui import text
from explorer.ui.pages.browse import words
from explorer.ui.pages.browse.view import levels, write_query
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.name_source import faded, name_source
from explorer.ui.parts.numbers import activation, neuron_id, percent, score
from explorer.ui.parts.tile import Tile, tile_of
from explorer.ui.parts.tray import tray_button
from explorer.ui.templates import render
from explorer.ui.theme import MS_RAMP, ramp

NOTHING = "–"
STRIP = 4  # images of a row


class Head(NamedTuple):
    """The head of a column."""

    name: str
    meaning: str
    href: str | None  # sorts by it, the other way round where it is sorted by already; None: it cannot be sorted by
    sorted: str | None  # aria-sort
    numeric: bool


class Row(NamedTuple):
    """A neuron."""

    neuron: int
    id: str
    href: str
    tiles: list[Tile]
    label: Label
    source: Markup
    tray: Markup
    ms: list[tuple[str, str]]  # by similarity encoder: number and colour
    figures: list[str]


def table(atlas: Atlas, neurons: Sequence[NeuronSummary], query: Query) -> Markup:
    """One page of the table.

    Args:
        query: the view it is a page of; its links keep the filters.
    """
    return render(
        "pages/browse/table.html",
        heads=_heads(atlas, query),
        rows=[_row(atlas, summary, f"neuron?{write_query(query, atlas, id=summary.neuron)}") for summary in neurons],
    )


def _heads(atlas: Atlas, query: Query) -> list[Head]:
    columns, first = words.COLUMNS, atlas.similarities[0]
    head = partial(_head, atlas, query)
    return [
        head("Neuron", columns["neuron"], "id", "id-high", numeric=False),
        Head("Images", columns["tiles"], None, None, False),
        Head("Name", columns["name"], None, None, False),
        *(_ms_head(atlas, query, name, None if name == first else name) for name in atlas.similarities),
        head("Fires on", columns["images"], "density", "density-low"),
        *([head("Level", columns["level"], "level", "level-high")] if levels(atlas) else []),
        head("Strongest", columns["strongest"], "activation", "activation-low"),
        head("Name's fit", columns["fit"].format(least=FITS), "fit", "fit-low"),
        *([head("Steers", columns["steers"], "steers", "steers-low")] if atlas.steering_tried else []),
    ]


def _head(atlas: Atlas, query: Query, name: str, meaning: str, first: str, second: str, numeric: bool = True) -> Head:
    """A head that sorts by `first`, or by `second`, the other way round, where `first` is how the table is sorted."""
    sort = second if query.sort == first else first
    href = f"./?{write_query(replace(query, sort=sort, page=0), atlas)}"
    order = None if query.sort not in (first, second) else "descending" if SORTS[query.sort][1] else "ascending"
    return Head(name, meaning, href, order, numeric)


def _ms_head(atlas: Atlas, query: Query, name: str, similarity: str | None) -> Head:
    """The head of one similarity encoder's MS: it sorts by that one's."""
    here = query if query.similarity == similarity else replace(query, sort=Query.sort, similarity=similarity)
    found = _head(atlas, here, f"MS by {name}", text.MS.format(similarity=name), "ms", "ms-low")
    return found if here is query else found._replace(sorted=None)


def _row(atlas: Atlas, summary: NeuronSummary, href: str) -> Row:
    neuron, least = summary.neuron, atlas.least_images
    return Row(
        neuron,
        neuron_id(neuron),
        href,
        [tile_of(atlas, top.image) for top in atlas.top_images(neuron, STRIP)],
        faded(label(atlas, neuron), summary.name, summary.images, least),
        name_source(summary.name, summary.images, least),
        tray_button(atlas, neuron),
        [(score(ms), "transparent" if isnan(ms) else ramp(MS_RAMP, ms)) for ms in summary.ms.values()],
        _figures(atlas, summary),
    )


def _figures(atlas: Atlas, summary: NeuronSummary) -> list[str]:
    return [
        f"{summary.images:,} · {percent(summary.density)}",
        *([str(summary.level)] if levels(atlas) else []),
        activation(summary.strongest),
        NOTHING if summary.fit is None else score(summary.fit),
        *([NOTHING if summary.steerability is None else percent(summary.steerability)] if atlas.steering_tried else []),
    ]
