"""What the Browse page shows, to and from its address; the Neuron page keeps it, to go on from there.

Only what differs from the default is written, so the plain page has the plain address.
"""

from dataclasses import replace
from urllib.parse import urlencode

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import SORTS, Query
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.ui.address import Params, read_float, read_number, usual_images

LONGEST_TEXT = 80  # characters of a search


def read_query(params: Params, atlas: Atlas) -> Query:
    """The neurons that an address asks for, in one canonical form."""
    sort, similarity = params.get("sort", ""), params.get("e")
    level = read_number(params, "level")
    text = " ".join(params.get("text", "").split())[:LONGEST_TEXT].strip()
    return Query(
        sort=sort if sort in SORTS else Query.sort,
        similarity=similarity if similarity in atlas.similarities[1:] else None,
        ms=_read_range(params),
        level=level if level in levels(atlas) else None,
        images=least if (least := read_number(params, "images")) in images_choices(atlas) else usual_images(atlas),
        alive=params.get("dead") != "1",
        text=text,
        page=max(0, (read_number(params, "p") or 1) - 1),
    )


def write_query(query: Query, atlas: Atlas, **more: object) -> str:
    """The query string of a view, "" if it is the default of an only atlas; `more` is added, None left out."""
    fields: dict[str, object] = {"atlas": atlas.name}
    fields |= {"sort": query.sort} if query.sort != Query.sort else {}
    fields |= {"e": query.similarity} if query.similarity else {}
    fields |= {"min": f"{query.ms[0]:g}"} if query.ms[0] > -1 else {}
    fields |= {"max": f"{query.ms[1]:g}"} if query.ms[1] < 1 else {}
    fields |= {"level": query.level} if query.level is not None else {}
    fields |= {"images": query.images} if query.images != usual_images(atlas) else {}
    fields |= {"dead": 1} if not query.alive else {}
    fields |= {"text": query.text} if query.text else {}
    fields |= {"p": query.page + 1} if query.page else {}
    return urlencode(fields | {name: value for name, value in more.items() if value is not None})


def effective(query: Query) -> Query:
    """The query that is put to the atlas: who searches for a number wants that neuron, even a dead one."""
    return replace(query, alive=False, images=0) if query.text.startswith("#") else query


def images_choices(atlas: Atlas) -> list[int]:
    """The least numbers of images that can be asked for; 0 for any."""
    return sorted({0, LEAST_IMAGES, 100} if atlas.manifest.dataset.images >= 1000 else {0, LEAST_IMAGES})


def levels(atlas: Atlas) -> range:
    """The Matryoshka levels of an atlas; empty where there is only one."""
    return range(len(atlas.manifest.sae.group_sizes)) if len(atlas.manifest.sae.group_sizes) > 1 else range(0)


def _read_range(params: Params) -> tuple[float, float]:
    low, high = _read_ms(params, "min", -1.0), _read_ms(params, "max", 1.0)
    return (low, high) if low <= high else (-1.0, 1.0)


def _read_ms(params: Params, name: str, default: float) -> float:
    return min(1.0, max(-1.0, round(read_float(params, name, default), 2)))
