"""The embeddable card of a neuron: `/neuron?…&embed=1` in place of the page, the one document that any site may frame."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Match, Route
from starlette.types import Scope

from explorer.errors import UserError
from explorer.ui.context import Context
from explorer.ui.events import sentence
from explorer.ui.pages.neuron.view import PATH, asked_neuron
from explorer.ui.share.card import card, refused


def embedded(scope: Scope) -> bool:
    """Whether a request asks for a card."""
    return scope["path"] == f"/{PATH}" and parse_qs(scope["query_string"].decode("latin-1")).get("embed") == ["1"]


class _Embedded(Route):
    """Matches an address with `embed=1` alone; any other is left to the page."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        none: MutableMapping[str, Any] = {}
        return super().matches(scope) if scope["type"] == "http" and embedded(scope) else (Match.NONE, none)


def embedded_route(context: Context) -> Route:
    """`/neuron?atlas=…&id=…&embed=1`."""

    def reply(request: Request) -> HTMLResponse:
        try:
            return HTMLResponse(card(*asked_neuron(context, dict(request.query_params))))
        except UserError as error:
            return HTMLResponse(refused(sentence(error)), 404)

    return _Embedded(f"/{PATH}", reply, methods=["GET"])
