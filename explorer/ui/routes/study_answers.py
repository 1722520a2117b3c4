"""A study's answers and plan over HTTP, for researchers: the address holds a pass of theirs, which ends within the hour."""

import io

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.study.export import numbered, to_csv
from explorer.study.plan import to_json
from explorer.study.session import Session
from explorer.ui import text
from explorer.ui.door import Door
from explorer.ui.events import sentence

STUDY_ANSWERS = r"/study-answers/\d{1,12}-[0-9a-f]{64}/[a-z0-9-]{1,40}\.(csv|parquet|json)"  # what the gate lets through
TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet", "json": "application/json"}


def study_answers_url(given: str, study: str, ending: str) -> str:
    """The address of a download, relative to any page."""
    return f"study-answers/{given}/{study}.{ending}"


def study_answers_route(session: Session, door: Door) -> Route:
    """`/study-answers/{pass}/{study}.csv`, `.parquet` (answers, participants numbered) and `.json` (the plan)."""

    def answers(request: Request) -> Response:
        place = request.path_params
        if not door.knows(place["given"]):
            return Response(text.NO_SUCH_PAGE, 404, media_type="text/plain")
        try:
            data = _data(session, place["study"], place["ending"])
        except UserError as error:
            return Response(sentence(error), 503, media_type="text/plain")
        if data is None:
            return Response(text.NO_SUCH_PAGE, 404, media_type="text/plain")
        name = f'attachment; filename="{place["study"]}.{place["ending"]}"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return Response(data, media_type=TYPES[place["ending"]], headers=headers)

    return Route("/study-answers/{given}/{study}.{ending}", answers, methods=["GET"])


def _data(session: Session, name: str, ending: str) -> bytes | None:
    found = session.find(name)
    if found is None or ending not in TYPES:
        return None
    if ending == "json":
        return to_json(found[0]).encode()
    table = numbered(session.answers(found[0]))
    if ending == "csv":
        return to_csv(table).encode()
    file = io.BytesIO()
    table.to_parquet(file, index=False)
    return file.getvalue()
