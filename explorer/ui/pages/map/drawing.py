"""The Map page's parts: what colours mean, the map itself, which assets/js/9-map.js fills, and its regions as a list."""

import json
from urllib.parse import urlencode

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.map import MapGroup, MapPoints, map_points
from explorer.ui.address import FORM, link
from explorer.ui.pages.map import words
from explorer.ui.pages.map.view import MapView, colours
from explorer.ui.parts.notice import empty
from explorer.ui.parts.term import term
from explorer.ui.routes.map_points import map_points_url
from explorer.ui.templates import render
from explorer.ui.theme import HEAT_RAMP, MS_RAMP

# Of names: Okabe & Ito 2008 and Tol 2021 ("muted"), for eyes of every kind; each shows on both grounds.
NAME_INKS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
NAME_INKS += ("#aa4499", "#7a9a01", "#6f6fd6", "#b8860b", "#44aa99", "#cc6677")


def map_page(atlas: Atlas, view: MapView) -> Markup:
    """The whole page below the header; how to make a map where there is none."""
    if atlas.manifest.map is None:
        how = Markup('<pre><code>{}</code></pre><p><a class="action" href="{}">Browse</a></p>')
        return empty(words.NO_MAP, words.NO_MAP_WHY, how.format(words.NO_MAP_HOW, link("./", atlas)))
    points = map_points(atlas, view.similarity)
    count = f"{len(points.neuron):,}"
    return render(
        "pages/map/map.html",
        form=FORM,
        atlas=atlas.name,
        made=_made(atlas, count),
        how=words.HOW[atlas.manifest.map.of],
        colours=[(name, words.COLOURS[name], name == view.colour) for name in colours(atlas)],
        similarities=[(name, name == (view.similarity or atlas.similarities[0])) for name in atlas.similarities],
        legends=_legends(atlas, view, points),
        data=_data(atlas, view, points),
        label=words.ARIA.format(count=count, keys=words.KEYS),
        browse=link("./", atlas),
        regions=[_region(atlas, place, group) for place, group in enumerate(points.groups)],
        words=words,
    )


def _made(atlas: Atlas, count: str) -> Markup:
    about = atlas.manifest.map
    assert about is not None
    fields = about.model_dump()
    return term(words.MADE.format(count=count, **fields), words.MADE_WHY.format(**fields))


def _data(atlas: Atlas, view: MapView, points: MapPoints) -> str:
    """What the script needs to know, as JSON."""
    told = {
        "points": map_points_url(atlas, view.similarity),
        "atlas": atlas.name,
        "levels": max(1, len(atlas.manifest.sae.group_sizes)),
        "ms": MS_RAMP,
        "heat": HEAT_RAMP,
        "names": NAME_INKS,
        "groups": [{"name": group.name, "x": group.x, "y": group.y} for group in points.groups],
    }
    return json.dumps(told)


def _legends(atlas: Atlas, view: MapView, points: MapPoints) -> list[dict[str, object]]:
    found = []
    for name in colours(atlas):
        low, high, why = words.LEGENDS.get(name, ("", "", words.NAMES_LEGEND))
        stops = ", ".join(MS_RAMP if name == "ms" else HEAT_RAMP) if name != "name" else ""
        why = why.format(similarity=view.similarity or atlas.similarities[0])
        of = {"name": name, "term": term(words.COLOURS[name], why), "why": why, "hidden": name != view.colour}
        found.append({**of, "low": low, "high": high, "stops": stops})
    return found


def _region(atlas: Atlas, place: int, group: MapGroup) -> dict[str, object]:
    return {
        "name": group.name,
        "count": f"{group.count:,}",
        "ink": NAME_INKS[place % len(NAME_INKS)],
        "href": f"./?{urlencode({'atlas': atlas.name, 'text': group.name})}",
        "at": f"{group.x:.3f},{group.y:.3f},6",
    }
