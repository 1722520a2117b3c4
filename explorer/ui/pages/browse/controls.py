"""The browse page's filters: native controls in one form whose fields are the address's own."""

import math

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import SORTS, Query
from explorer.ui import text
from explorer.ui.address import FORM
from explorer.ui.pages.browse import words
from explorer.ui.pages.browse.view import DENSITIES, images_choices, levels
from explorer.ui.parts.menu import Menu, menu
from explorer.ui.parts.numbers import percent
from explorer.ui.parts.term import term
from explorer.ui.templates import render


def controls(atlas: Atlas, query: Query) -> Markup:
    """The form as `query` sets it."""
    return render(
        "pages/browse/controls.html",
        form=FORM,
        atlas=atlas.name,
        sort=menu("Sort", "", Menu("sort", "Sort", _sorts(atlas, query), query.sort, Query.sort)),
        similarity=_similarity(atlas, query),
        ms_name=term("MS", words.MS_RANGE),
        ms=_ms_range(atlas, query),
        density=_density(atlas, query),
        images=_images(atlas, query),
        level=_level(atlas, query),
        checks=_checks(atlas, query),
        text=query.text,
        text_means=words.TEXT,
    )


def _sorts(atlas: Atlas, query: Query) -> list[tuple[str, str]]:
    """The orders of words.SORTS; the others are those of the table's heads, and named here while they are chosen."""
    names = [name for name in words.SORTS if name != "steers" or atlas.steering_tried]
    listed = [(name, words.SORTS[name]) for name in names]
    return (
        listed if query.sort in names else [*listed, (query.sort, f"{SORTS[query.sort][0].replace('_', ' ')}, as in the table")]
    )


def _ms_range(atlas: Atlas, query: Query) -> dict[str, str]:
    """Two handles on one line, over the MS that the atlas has; a handle at its end asks for nothing."""
    ms = atlas.ms(query.similarity)
    known = ms[~np.isnan(ms)]
    least, most = (math.floor(known.min() * 20) / 20, math.ceil(known.max() * 20) / 20) if len(known) else (0.0, 1.0)
    low, high = min(max(query.ms[0], least), most), max(min(query.ms[1], most), least)
    ends = {"least": least, "most": most, "low": low, "high": high}
    return {name: f"{round(end, 2):g}" for name, end in ends.items()}  # as a browser writes a slider's value


def _similarity(atlas: Atlas, query: Query) -> Markup:
    names = atlas.similarities
    if len(names) < 2:
        return Markup("")
    known = Menu("e", "MS by", [(name, name) for name in names], query.similarity or names[0], names[0])
    return menu("MS by", words.SIMILARITY, known)


def _density(atlas: Atlas, query: Query) -> Markup:
    low, high = ("" if value in (0, 1) else f"{value:g}" for value in query.density)
    known = [f"{share:g}" for share in DENSITIES]
    menus = [
        Menu(field, label, [("", "any"), *((value, percent(float(value))) for value in _with(known, chosen))], chosen)
        for field, label, chosen in (("dmin", "Least density", low), ("dmax", "Largest density", high))
    ]
    return menu("Density", words.DENSITIES.format(images=f"{atlas.manifest.dataset.images:,}"), *menus, filters=True)


def _with(known: list[str], chosen: str) -> list[str]:
    """The values to choose from, with the one that an address asked for."""
    return sorted({*known, *([chosen] if chosen else [])}, key=float)


def _images(atlas: Atlas, query: Query) -> Markup:
    options = [(str(least), f"≥ {least} images" if least else "any") for least in images_choices(atlas)]
    return menu("Fires on", words.FIRES_ON, Menu("images", "Fires on", options, str(query.images), "0"), filters=True)


def _level(atlas: Atlas, query: Query) -> Markup:
    if not levels(atlas):
        return Markup("")
    options = [("", "all"), *((str(level), str(level)) for level in levels(atlas))]
    chosen = "" if query.level is None else str(query.level)
    return menu("Level", text.LEVEL, Menu("level", "Level", options, chosen), filters=True)


def _checks(atlas: Atlas, query: Query) -> list[tuple[str, str, str, bool]]:
    """Name, what is shown, meaning, whether it is set."""
    steerable = [("steerable", "steerable", words.STEERABLE, query.steerable)] if atlas.steering_tried else []
    return [*steerable, ("named", "named", words.NAMED, query.named), ("dead", "dead too", words.DEAD, not query.alive)]
