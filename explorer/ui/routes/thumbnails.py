"""Thumbnails over HTTP, straight from the image store's memory: no file of the host is ever addressable."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library

THUMBS = r"/thumbs/[^/]+/[0-9a-f]{1,64}\.webp"  # what the gate lets through
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a picture's name is the hash of its content


def thumb_url(atlas: Atlas, image: str) -> str:
    """The address of a thumbnail, relative to any page."""
    return f"thumbs/{quote(atlas.name)}/{quote(image)}.webp"


def thumbs_route(library: Library) -> Route:
    """`/thumbs/{atlas}/{hash}.webp`."""

    def thumb(request: Request) -> Response:
        atlas = library.atlases.get(request.path_params["atlas"])
        data = atlas.images.thumbnail(request.path_params["image"]) if atlas else None
        if data is None:
            return Response("no such thumbnail", 404, media_type="text/plain")
        return Response(data, media_type="image/webp", headers=FOREVER)

    return Route("/thumbs/{atlas}/{image}.webp", thumb, methods=["GET"])
