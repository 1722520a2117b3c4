"""The browse page's filters: native controls in one form whose fields are the address's own."""

import math
from collections.abc import Iterable

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import SORTS, Atlas, Query
from explorer.ui.address import FORM, usual_images
from explorer.ui.pages.browse import words
from explorer.ui.pages.browse.view import images_choices, levels

_FORM = Markup(
    '<form id="{form}" class="filters" action="./" method="get"><h1 class="unseen">Browse {atlas}</h1>'
    "{sort}{ms}{similarity}{level}{images}{alive}</form>"
)
_SELECT = Markup('<label class="field" title="{title}"><span>{name}</span><select name="{field}">{options}</select></label>')
_OPTION = Markup('<option value="{value}"{selected}>{name}</option>')
_RANGE = Markup(
    '<div class="field field-range"><span id="range-name">MS</span><span class="range" role="group" aria-labelledby="range-name"'
    ' style="--low:{low};--high:{high};--least:{least};--most:{most}">'
    '<input type="range" name="min" min="{least}" max="{most}" step="0.01" value="{low}" data-none="{least}"'
    ' aria-label="Lowest MS">'
    '<input type="range" name="max" min="{least}" max="{most}" step="0.01" value="{high}" data-none="{most}"'
    ' aria-label="Highest MS">'
    '</span><output class="number" aria-hidden="true"></output></div>'
)
_ALIVE = Markup(
    '<label class="field field-check" title="{title}"><input type="checkbox" name="dead" value="1"{checked}>'
    "<span>dead too</span></label>"
)


def controls(atlas: Atlas, query: Query) -> Markup:
    """The form as `query` sets it."""
    return _FORM.format(
        form=FORM,
        atlas=atlas.name,
        sort=_select("Sort", "sort", _sorts(atlas), query.sort, Query.sort),
        ms=_ms_range(atlas, query),
        similarity=_similarity(atlas, query),
        level=_level(atlas, query),
        images=_images(atlas, query),
        alive=_ALIVE.format(title=words.DEAD, checked="" if query.alive else Markup(" checked")),
    )


def _sorts(atlas: Atlas) -> list[tuple[str, str]]:
    return [(name, words.SORTS.get(name, name)) for name in SORTS if name != "steers" or atlas.steering_tried]


def _select(name: str, field: str, options: Iterable[tuple[str, str]], chosen: str, default: str, title: str = "") -> Markup:
    """A menu; the default's value is empty, so that it stays out of the address."""
    items = [
        _OPTION.format(
            value="" if value == default else value, name=shown, selected=Markup(" selected") if value == chosen else ""
        )
        for value, shown in options
    ]
    return _SELECT.format(title=title, name=name, field=field, options=Markup("").join(items))


def _ms_range(atlas: Atlas, query: Query) -> Markup:
    """Two handles on one line, over the MS that the atlas has; a handle at its end asks for nothing."""
    ms = atlas.ms(query.similarity)
    known = ms[~np.isnan(ms)]
    least, most = (math.floor(known.min() * 20) / 20, math.ceil(known.max() * 20) / 20) if len(known) else (0.0, 1.0)
    low, high = min(max(query.ms[0], least), most), max(min(query.ms[1], most), least)
    return _RANGE.format(**{name: f"{v:.2f}" for name, v in (("least", least), ("most", most), ("low", low), ("high", high))})


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
