"""Our own script over HTTP, which `gate/pages.py` puts at the head of every page: pages allow no inline scripts.

It is the files of assets/js in order, in one scope that nothing else on the page sees; `monoscope` is all they leave outside.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from explorer.shipped import shipped

SCRIPT = "/monoscope.js"
FOLDER = shipped("js")
_SCOPE = '(() => {{\n"use strict";\nif (window.monoscope) return;\n\n{}}})();\n'


def script() -> str:
    """The whole script."""
    return _SCOPE.format("\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))))


def script_route() -> Route:
    """`/monoscope.js`."""
    code = script().encode()
    headers = {"ETag": f'"{hashlib.sha256(code).hexdigest()[:16]}"', "Cache-Control": "no-cache"}

    def reply(_request: Request) -> Response:
        return Response(code, media_type="text/javascript", headers=headers)

    return Route(SCRIPT, reply, methods=["GET"])
