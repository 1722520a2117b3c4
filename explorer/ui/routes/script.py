"""Our own script over HTTP, which `gate/pages.py` puts at the head of every page: pages allow no inline scripts."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SCRIPT = "/monoscope.js"
_FILE = Path(__file__).parents[3] / "assets" / "js" / "monoscope.js"


def script_route() -> Route:
    """`/monoscope.js`."""
    code = _FILE.read_bytes()
    headers = {"ETag": f'"{hashlib.sha256(code).hexdigest()[:16]}"', "Cache-Control": "no-cache"}

    def script(_request: Request) -> Response:
        return Response(code, media_type="text/javascript", headers=headers)

    return Route(SCRIPT, script, methods=["GET"])
