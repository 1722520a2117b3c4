"""What the Browse page shows, to and from its address; the Neuron page keeps it, to go on from there.

Only what differs from the default is written, so the plain page has the plain address.
"""

from dataclasses import replace
from urllib.parse import urlencode

from explorer.atlas.area import read_area, write_area
from explorer.atlas.atlas import Atlas
from explorer.atlas.query import EVERY_DENSITY, EVERY_MS, SORTS, Query
from explorer.atlas.ranking import LEAST_IMAGES
from explorer.ui.address import Params, read_float, read_number

LONGEST_TEXT = 80  # characters of a search
ROWS = 100  # of a page of the table, by which a query of the table is known: cards come in fewer
DENSITIES = (0.0001, 0.001, 0.01, 0.1)  # shares of images to choose a range of density from


def read_query(params: Params, atlas: Atlas) -> Query:
    """The neurons that an address asks for, in one canonical form."""
    sort, similarity = params.get("sort", ""), params.get("e")
    level = read_number(params, "level")
    text = " ".join(params.get("text", "").split())[:LONGEST_TEXT].strip()
    return Query(
        sort=sort if sort in SORTS else Query.sort,
        similarity=similarity if similarity in atlas.similarities[1:] else None,
        ms=_read_range(params, "min", "max", EVERY_MS, 2),
        level=level if level in levels(atlas) else None,
        images=least if (least := read_number(params, "images")) in images_choices(atlas) else 0,
        alive=params.get("dead") != "1",
        density=_read_range(params, "dmin", "dmax", EVERY_DENSITY, 6),
        steerable=params.get("steerable") == "1" and atlas.steering_tried,
        named=params.get("named") == "1",
        text=text,
        area=read_area(params.get("area", "")) if atlas.manifest.map else (),
        page=max(0, (read_number(params, "p") or 1) - 1),
        size=ROWS if params.get("view") == "table" else Query.size,
    )


def write_query(query: Query, atlas: Atlas, **more: object) -> str:
    """The query string of a view: what differs from the default, and the atlas; `more` is added, None left out."""
    fields: dict[str, object] = {"atlas": atlas.name}
    for name, value, default in _fields(query):
        fields |= {name: f"{value:g}" if isinstance(value, float) else value} if value != default else {}
    return urlencode(fields | {name: value for name, value in more.items() if value is not None})


def _fields(query: Query) -> list[tuple[str, object, object]]:
    """Name, value and default of each field of the address; True stands as 1."""
    return [
        ("view", "table" if is_table(query) else None, None),
        ("sort", query.sort, Query.sort),
        ("e", query.similarity, None),
        ("min", query.ms[0], EVERY_MS[0]),
        ("max", query.ms[1], EVERY_MS[1]),
        ("dmin", query.density[0], EVERY_DENSITY[0]),
        ("dmax", query.density[1], EVERY_DENSITY[1]),
        ("level", query.level, None),
        ("images", query.images, 0),
        ("steerable", int(query.steerable), 0),
        ("named", int(query.named), 0),
        ("dead", int(not query.alive), 0),
        ("text", query.text, ""),
        ("area", write_area(query.area), ""),
        ("p", query.page + 1, 1),
    ]


def is_table(query: Query) -> bool:
    """Whether a view is the table, not the cards."""
    return query.size == ROWS


def view_of(query: Query, *, table: bool) -> Query:
    """The same neurons as cards or in the table, from where the page of `query` begins."""
    size = ROWS if table else Query.size
    return replace(query, size=size, page=query.page * query.size // size)


def effective(query: Query) -> Query:
    """The query that is put to the atlas: who searches for a number wants that neuron, even a dead one."""
    return replace(query, alive=False, images=0) if query.text.startswith("#") else query


def images_choices(atlas: Atlas) -> list[int]:
    """The least numbers of images that can be asked for; 0 for any."""
    return sorted({0, LEAST_IMAGES, 100} if atlas.manifest.dataset.images >= 1000 else {0, LEAST_IMAGES})


def levels(atlas: Atlas) -> range:
    """The Matryoshka levels of an atlas; empty where there is only one."""
    return range(len(atlas.manifest.sae.group_sizes)) if len(atlas.manifest.sae.group_sizes) > 1 else range(0)


def _read_range(params: Params, lowest: str, highest: str, whole: tuple[float, float], digits: int) -> tuple[float, float]:
    ends = [round(read_float(params, name, end), digits) for name, end in zip((lowest, highest), whole, strict=True)]
    low, high = (min(whole[1], max(whole[0], end)) for end in ends)
    return (low, high) if low <= high else whole
