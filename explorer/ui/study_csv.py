"""The study's answers over HTTP, as a CSV file."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.study.desk import Desk
from explorer.study.store import to_csv


def answers_route(desk: Desk) -> Route:
    """`/study.csv`."""

    def answers(request: Request) -> Response:
        try:
            sheet = to_csv(desk.store.answers(desk.study.key))
        except UserError as error:
            return Response(str(error), 500, media_type="text/plain")
        named = {"Content-Disposition": f'attachment; filename="answers-{desk.study.key}.csv"', "Cache-Control": "no-store"}
        return Response(sheet, media_type="text/csv", headers=named)

    return Route("/study.csv", answers, methods=["GET"])
