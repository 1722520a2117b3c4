"""Pictures of neurons for previews of links, `/og/{atlas}/{neuron}.png`: drawn one at a time, and the last of them kept."""

from functools import lru_cache
from urllib.parse import quote

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.ui.share.picture import picture

OG_PICTURES = r"/og/[^/]+/\d{1,9}\.png"  # what the gate lets through
KEPT = 16  # a megabyte each
_HOUR = {"Cache-Control": "public, max-age=3600"}  # a name may change


def og_url(atlas: Atlas, neuron: int) -> str:
    """The address of a neuron's picture, relative to any page."""
    return f"og/{quote(atlas.name)}/{neuron}.png"


def og_pictures_route(library: Library) -> Route:
    """`/og/{atlas}/{neuron}.png`."""
    drawn, one = lru_cache(maxsize=KEPT)(picture), CapacityLimiter(1)

    async def reply(request: Request) -> Response:
        atlas, neuron = library.atlases.get(request.path_params["atlas"]), request.path_params["neuron"]
        if atlas is None or neuron >= len(atlas):
            return Response("no such neuron", 404, media_type="text/plain")
        data = await run_sync(drawn, atlas, neuron, limiter=one)  # who waits holds no thread, so a crowd delays nobody else
        return Response(data, media_type="image/png", headers=_HOUR)

    return Route("/og/{atlas}/{neuron:int}.png", reply, methods=["GET"])
