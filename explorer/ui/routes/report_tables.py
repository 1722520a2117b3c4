"""The report's tables over HTTP, as CSV files: of all open atlases, each row citing its atlas."""

from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.operations.report.sources import cited, source
from explorer.operations.report.tables import NAMES, frame

REPORT_TABLES = r"/report-tables/[a-z_]{1,40}\.csv"  # what the gate lets through


def report_table_url(name: str) -> str:
    """The address of a table, relative to any page."""
    return f"report-tables/{name}.csv"


def report_tables_route(library: Library) -> Route:
    """`/report-tables/{name}.csv`."""

    def table(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in NAMES:
            return Response("no such table", 404, media_type="text/plain")
        headers = {"Content-Disposition": f'attachment; filename="monoscope-{name}.csv"', "Cache-Control": "no-cache"}
        return Response(csv(tuple(library.atlases.values()), name), media_type="text/csv; charset=utf-8", headers=headers)

    return Route("/report-tables/{name}.csv", table, methods=["GET"])


@lru_cache(maxsize=16)
def csv(atlases: tuple[Atlas, ...], name: str) -> str:
    """One of the tables with its sources; atlases never change while they are open."""
    return cited(frame(atlases, name), [source(atlas) for atlas in atlases]).to_csv(index=False)
