"""A random neuron of a view over HTTP: an address that leads to another one each time."""

from random import Random
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from explorer.atlas.library import Library
from explorer.operations.browse import surprise
from explorer.ui.address import read_number
from explorer.ui.pages.browse.view import effective, read_query, write_query

SURPRISE = "/surprise"


def surprise_route(library: Library) -> Route:
    """`/surprise?…` with the Browse page's query; `seed` makes it the same one each time."""

    def go(request: Request) -> Response:
        params = dict(request.query_params)
        atlas = library.atlases.get(params.get("atlas", ""))
        if atlas is None:
            return _to("./", params)
        query = read_query(params, atlas)
        neuron = surprise(atlas, effective(query), Random(read_number(params, "seed")))
        if neuron is None:
            return _to("./", params)  # which says that nothing matches
        return RedirectResponse(f"neuron?{write_query(query, atlas, id=neuron)}", 303, {"Cache-Control": "no-store"})

    return Route(SURPRISE, go, methods=["GET"])


def _to(path: str, params: dict[str, str]) -> Response:
    return RedirectResponse(f"{path}?{urlencode(params)}", 303, {"Cache-Control": "no-store"})
