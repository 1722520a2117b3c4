"""Thumbnails over HTTP, straight from the image store's memory: no file of the host is ever addressable."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.errors import UserError

THUMBS = r"/thumbs/[^/]+/[0-9a-f]{1,64}\.webp"  # what the gate lets through
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # a picture's name is the hash of its content


def thumb_url(atlas: Atlas, image: str) -> str:
    """The address of a thumbnail, relative to any page: the same for all atlases that share an image store."""
    return f"thumbs/{quote(atlas.images.name)}/{quote(image)}.webp"


def thumbs_route(library: Library) -> Route:
    """`/thumbs/{store}/{hash}.webp`."""

    def thumb(request: Request) -> Response:
        data = _thumbnail(library, request.path_params["store"], request.path_params["image"])
        if data is None:
            return Response("no such thumbnail", 404, media_type="text/plain")
        return Response(data, media_type="image/webp", headers=FOREVER)

    return Route("/thumbs/{store}/{image}.webp", thumb, methods=["GET"])


def _thumbnail(library: Library, store: str, image: str) -> bytes | None:
    """The WebP of an image, from the first atlas of that store that lists it and whose part of the store is whole.

    Raises:
        UserError: if it is in no part that can be read, and one of them could not be.
    """
    problem = None
    for atlas in library.atlases.values():
        try:
            if store.startswith(atlas.store_name) and atlas.images.name == store and (data := atlas.images.thumbnail(image)):
                return data
        except UserError as error:
            problem = error
    if problem is not None:
        raise problem
    return None
