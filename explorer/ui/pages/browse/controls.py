"""The browse page's filters: native controls in one form whose fields are the address's own."""

import math
from collections.abc import Iterable

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import SORTS, Query
from explorer.ui.address import FORM, usual_images
from explorer.ui.pages.browse import words
from explorer.ui.pages.browse.view import images_choices, levels
from explorer.ui.templates import render


def controls(atlas: Atlas, query: Query) -> Markup:
    """The form as `query` sets it."""
    return render(
        "pages/browse/controls.html",
        form=FORM,
        atlas=atlas.name,
        sort=_select("Sort", "sort", _sorts(atlas), query.sort, Query.sort),
        ms=_ms_range(atlas, query),
        similarity=_similarity(atlas, query),
        level=_level(atlas, query),
        images=_images(atlas, query),
        dead_too=not query.alive,
        words=words,
    )


def _sorts(atlas: Atlas) -> list[tuple[str, str]]:
    return [(name, words.SORTS.get(name, name)) for name in SORTS if name != "steers" or atlas.steering_tried]


def _select(name: str, field: str, options: Iterable[tuple[str, str]], chosen: str, default: str, title: str = "") -> Markup:
    """A menu; the default's value is empty, so that it stays out of the address."""
    return render(
        "pages/browse/select.html", name=name, field=field, options=options, chosen=chosen, default=default, title=title
    )


def _ms_range(atlas: Atlas, query: Query) -> dict[str, str]:
    """Two handles on one line, over the MS that the atlas has; a handle at its end asks for nothing."""
    ms = atlas.ms(query.similarity)
    known = ms[~np.isnan(ms)]
    least, most = (math.floor(known.min() * 20) / 20, math.ceil(known.max() * 20) / 20) if len(known) else (0.0, 1.0)
    low, high = min(max(query.ms[0], least), most), max(min(query.ms[1], most), least)
    return {"least": f"{least:.2f}", "most": f"{most:.2f}", "low": f"{low:.2f}", "high": f"{high:.2f}"}


def _similarity(atlas: Atlas, query: Query) -> Markup:
    names = atlas.similarities
    if len(names) < 2:
        return Markup("")
    return _select("by", "e", ((name, name) for name in names), query.similarity or names[0], names[0])


def _images(atlas: Atlas, query: Query) -> Markup:
    options = [(str(least), f"≥ {least} images" if least else "any") for least in images_choices(atlas)]
    return _select("Fires on", "images", options, str(query.images), str(usual_images(atlas)), words.FIRES_ON)


def _level(atlas: Atlas, query: Query) -> Markup:
    if not levels(atlas):
        return Markup("")
    options = [("", "all"), *((str(level), str(level)) for level in levels(atlas))]
    return _select("Level", "level", options, "" if query.level is None else str(query.level), "")
