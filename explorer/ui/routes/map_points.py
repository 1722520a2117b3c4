"""The map's points over HTTP: bytes that go to the graphics card as they are, and what one neuron's card says.

A body is little-endian: n as uint32; n neurons as uint32; n times x, y as uint16, 65,535 standing for 1; then n bytes each of
MS, level, density, steerability and group. 255 is unknown. A share s is the byte 254 s; of the density, which spans decades,
s = 1 + log10(density) / 5.
"""

import hashlib
from functools import lru_cache
from urllib.parse import quote, urlencode

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.operations.map import MapPoints, map_points
from explorer.ui.parts.label import label
from explorer.ui.parts.numbers import neuron_id, percent, score
from explorer.ui.routes.thumbnails import thumb_url

MAP_POINTS = r"/map-points/[^/]{1,100}\.bin"  # what the gate lets through
MAP_NEURONS = r"/map-neurons/[^/]{1,100}/\d{1,7}\.json"
UNKNOWN, MOST = 255, 254
DECADES = 5  # of density that are told apart
THUMBS = 4


def map_points_url(atlas: Atlas, similarity: str | None) -> str:
    """The address of the points, relative to any page."""
    return f"map-points/{quote(atlas.name)}.bin" + (f"?{urlencode({'e': similarity})}" if similarity else "")


def map_routes(library: Library) -> list[Route]:
    """`/map-points/{atlas}.bin` and `/map-neurons/{atlas}/{neuron}.json`."""

    def points(request: Request) -> Response:
        atlas = library.atlases.get(request.path_params["atlas"])
        if atlas is None or atlas.manifest.map is None:
            return Response("no such map", 404, media_type="text/plain")
        asked = request.query_params.get("e", "")
        body, tag = packed(atlas, asked if asked in atlas.similarities else None)
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/octet-stream", headers=headers)

    def neuron(request: Request) -> Response:
        atlas, number = library.atlases.get(request.path_params["atlas"]), request.path_params["neuron"]
        if atlas is None or number >= len(atlas):
            return Response("no such neuron", 404, media_type="text/plain")
        return JSONResponse(_card(atlas, number), headers={"Cache-Control": "no-cache"})

    return [
        Route("/map-points/{atlas}.bin", points, methods=["GET"]),
        Route("/map-neurons/{atlas}/{neuron:int}.json", neuron, methods=["GET"]),
    ]


@lru_cache(maxsize=16)
def packed(atlas: Atlas, similarity: str | None) -> tuple[bytes, str]:
    """The body and its ETag; an atlas never changes while it is open."""
    body = pack(map_points(atlas, similarity))
    return body, f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def pack(points: MapPoints) -> bytes:
    """The points as bytes."""
    places = np.stack([points.x, points.y], axis=1).clip(0, 1) * 65535
    with np.errstate(divide="ignore"):
        density = 1 + np.log10(points.density.astype(np.float64)) / DECADES
    columns = [
        _bytes(points.ms),
        points.level.astype(np.uint8),
        _bytes(density),
        _bytes(points.steerability),
        np.where(points.group < 0, UNKNOWN, points.group).astype(np.uint8),
    ]
    head = [np.array([len(points.neuron)], "<u4"), points.neuron.astype("<u4"), places.round().astype("<u2")]
    return b"".join(array.tobytes() for array in [*head, *columns])


def _bytes(shares: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(shares), UNKNOWN, np.nan_to_num(shares).clip(0, 1) * MOST).round().astype(np.uint8)


def _card(atlas: Atlas, number: int) -> dict[str, object]:
    called, row = label(atlas, number), atlas.neurons
    ms, share = float(atlas.ms()[number]), float(row["density"].iat[number])
    return {
        "id": neuron_id(number),
        "name": called.name,
        "unsure": bool(called.css),
        "figures": f"MS {score(ms)} · level {int(row['level'].iat[number])} · fires on {percent(share)}",
        "thumbs": [thumb_url(atlas, top.image) for top in atlas.top_images(number, THUMBS)],
    }
