"""The gate's parts in their order, from the network inwards.

measured → compression → headers and pages → guard → origins → open routes → calls → streams → the app
"""

import re
from collections.abc import Callable, Iterable, Mapping

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Scope

from explorer.ui.gate.calls import Calls, Handler
from explorer.ui.gate.guard import Guard
from explorer.ui.gate.measured import Measured
from explorer.ui.gate.origins import Origins
from explorer.ui.gate.pages import Elsewhere, Pages
from explorer.ui.gate.policy import SPACES, Policy
from explorer.ui.gate.routes import OpenRoutes
from explorer.ui.gate.streams import Streams
from explorer.ui.gate.waiting import Waiting

AS_THEY_ARE = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")  # packed already: the map's points


class Gate:
    """An app behind the gate: `app` is the whole, `streams` its part that is told when the explorer stops.

    Args:
        app: Gradio's, with our own routes.
        handlers: its handlers by number.
        waiting: keeps count of jobs and listeners; handlers ask it.
        pages: paths of our pages, without the leading slash; and of our routes, as regular expressions with it.
        who: names a request's visitor.
        behind_proxy: whether a proxy stands in front, as in a Space.
        in_space: whether this is a Hugging Face Space, whose page stands in a frame of the Hub.
        elsewhere: how pages appear on other sites.
    """

    def __init__(
        self,
        app: ASGIApp,
        handlers: Mapping[int, Handler],
        waiting: Waiting,
        pages: Iterable[str],
        routes: Iterable[str],
        who: Callable[[Scope], str],
        behind_proxy: bool = False,
        in_space: bool = False,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.streams = Streams(app, waiting, who)
        calls = Calls(self.streams, handlers, waiting, self.streams.hang_up, who)
        open_paths = [*(f"/{re.escape(page)}" for page in pages), *routes]
        open_routes = OpenRoutes(calls, open_paths)
        guarded = Guard(Origins(open_routes, behind_proxy))
        policy = Policy(SPACES if in_space else ())
        pages_of_ours = Pages(guarded, policy, elsewhere, behind_proxy)
        packed = GZipMiddleware(pages_of_ours, minimum_size=1024, exclude_content_types=AS_THEY_ARE)
        self.app: ASGIApp = Measured(packed, open_paths)
