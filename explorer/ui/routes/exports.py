"""The neurons of a view over HTTP, as CSV or Parquet, streamed a piece at a time: nothing is kept, whatever the atlas's size."""

from typing import NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.manifest import NEURONS
from explorer.errors import UserError
from explorer.operations.export import as_csv, as_parquet, pieces
from explorer.ui import text
from explorer.ui.events import sentence
from explorer.ui.pages.browse.view import effective, read_query

EXPORTS = r"/export/[^/]+\.(csv|parquet)"  # what the gate lets through
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


class Link(NamedTuple):
    """A download, and the query that it takes."""

    name: str
    href: str


def export_links(atlas: Atlas, query: str) -> list[Link]:
    """The downloads of a view, by its query string; relative to any page."""
    return [
        Link(name, f"export/{quote(atlas.name)}.{ending}?{query}") for name, ending in (("CSV", "csv"), ("Parquet", "parquet"))
    ]


def exports_route(library: Library) -> Route:
    """`/export/{atlas}.csv` and `.parquet`; the query is the Browse page's."""

    def export(request: Request) -> Response:
        atlas, ending = library.atlases.get(request.path_params["atlas"]), request.path_params["ending"]
        if atlas is None or ending not in _TYPES:
            return Response(text.UNKNOWN_ATLAS, 404, media_type="text/plain")
        try:
            _ = atlas.images  # opens what every row is read from, so that a damaged one is a sentence and no half table
            return _reply(atlas, ending, request)
        except UserError as error:
            return Response(sentence(error), 503, media_type="text/plain")

    return Route("/export/{atlas}.{ending}", export, methods=["GET"])


def _reply(atlas: Atlas, ending: str, request: Request) -> Response:
    frames = pieces(atlas, effective(read_query(dict(request.query_params), atlas)))
    table = atlas.manifest.files[NEURONS].sha256  # tells one atlas from another of the same name
    about = {"atlas": atlas.name, "neurons_sha256": table, "query": str(request.url.query)}
    rows = as_csv(frames) if ending == "csv" else as_parquet(frames, about)
    file = f"{atlas.name}-{table[:8]}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return StreamingResponse(rows, media_type=_TYPES[ending], headers=headers)
