"""The buttons of the Study page over HTTP: one request for a press, where Gradio would build a session of all pages for each."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.gate.asgi import TooLarge, read_body
from explorer.ui.pages.study.presses import BUTTONS, Presses

STUDY_PRESS = "/study-press"
LONGEST = 4096  # bytes; a press is below 300
_HEADERS = {"Cache-Control": "no-store"}


def study_presses_route(context: Context) -> Route:
    """`POST /study-press` with the address's query of the Study page; gives the page's parts as JSON."""
    presses = Presses(context)

    async def press(request: Request) -> Response:
        try:
            sent = json.loads(await read_body(request.receive, LONGEST))
        except TooLarge:
            return Response(text.BODY_TOO_LARGE, 413, media_type="text/plain")
        except (ValueError, RecursionError):
            sent = None
        if not isinstance(sent, dict) or sent.get("button") not in BUTTONS:
            return Response(text.BAD_CALL, 400, media_type="text/plain")
        params = {str(name): str(value) for name, value in request.query_params.items()}
        return JSONResponse(await presses.press(sent, params), headers=_HEADERS)

    return Route(STUDY_PRESS, press, methods=["POST"])
