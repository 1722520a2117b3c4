"""Gradio's pages and our own routes as one app behind the gate."""

import warnings
from collections.abc import Sequence
from functools import partial
from inspect import signature
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.oauth import attach_oauth
from starlette.routing import Route
from starlette.types import Scope

from explorer.settings import Settings
from explorer.shipped import shipped
from explorer.ui.api import takes_upload
from explorer.ui.context import Context
from explorer.ui.gate.calls import Handler, Kind
from explorer.ui.gate.chain import Gate
from explorer.ui.gate.pages import Elsewhere
from explorer.ui.gate.upload import preview_route, progress_route, upload_route
from explorer.ui.gate.visitors import visitor
from explorer.ui.mcp import mcp_route
from explorer.ui.routes.embedded import embedded, embedded_route
from explorer.ui.routes.exports import EXPORTS, exports_route
from explorer.ui.routes.health import HEALTH, METRICS, health_route, metrics_route
from explorer.ui.routes.map_points import MAP_NEURONS, MAP_POINTS, map_routes
from explorer.ui.routes.og_pictures import OG_PICTURES, og_pictures_route
from explorer.ui.routes.report_tables import REPORT_TABLES, report_tables_route
from explorer.ui.routes.script import SCRIPT, script_route
from explorer.ui.routes.study_answers import STUDY_ANSWERS, study_answers_route
from explorer.ui.routes.study_pictures import STUDY_PICTURES, study_pictures_route
from explorer.ui.routes.study_presses import study_presses_route
from explorer.ui.routes.surprise import SURPRISE, surprise_route
from explorer.ui.routes.thumbnails import THUMBS, thumbs_route
from explorer.ui.share.preview import preview_of
from explorer.ui.theme import theme

SIGN_IN = r"/login/(huggingface|callback)"  # Gradio's own, of its `oauth.py`


def behind_gate(demo: gr.Blocks, context: Context, paths: Sequence[str], settings: Settings) -> Gate:
    """The whole explorer.

    Args:
        demo: all pages, wired.
        context: what they share.
        paths: of the pages, without the leading slash.
        settings: limits, and whether a proxy stands in front.
    """

    def who(scope: Scope) -> str:
        return visitor(scope, settings.behind_proxy)

    routes: list[Route] = [thumbs_route(context.library), study_pictures_route(context.session), script_route()]
    routes += [exports_route(context.library), surprise_route(context.library), report_tables_route(context.library)]
    routes += [embedded_route(context), og_pictures_route(context.library), *map_routes(context.library)]
    routes += [
        study_answers_route(context.session, context.door),
        study_presses_route(context),
        health_route(context),
        metrics_route(context),
    ]
    routes += [upload_route(context.uploads, who), progress_route(), preview_route(), mcp_route(context, who)]
    outer = FastAPI(openapi_url=None, routes=list(routes))
    if settings.researchers:
        attach_oauth(outer)  # before Gradio's pages, which take every address that is left
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of server-side rendering, which is off
        app = gr.mount_gradio_app(outer, demo, "/", **mount_options(settings))
    handlers = {number: _handler(fn) for number, fn in demo.fns.items() if fn.fn}  # a page runs those without one by itself
    ours = (
        THUMBS,
        STUDY_PICTURES,
        STUDY_ANSWERS,
        SCRIPT,
        EXPORTS,
        SURPRISE,
        REPORT_TABLES,
        OG_PICTURES,
        MAP_POINTS,
        MAP_NEURONS,
        HEALTH,
    )
    elsewhere = Elsewhere(partial(preview_of, context), embedded)
    opened = (*ours, *[METRICS] * settings.metrics, *[SIGN_IN] * bool(settings.researchers))
    return Gate(app, handlers, context.jobs.waiting, paths, opened, who, settings.behind_proxy, settings.in_space, elsewhere)


def mount_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of `gr.mount_gradio_app`: looks, and nothing that pages do not need."""
    return {
        "theme": theme(),
        "css_paths": sorted(shipped("css").glob("*.css")),
        "max_file_size": f"{settings.upload_mb}mb",
        "footer_links": [],
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "show_error": False,
        "mcp_server": False,
        "pwa": False,
    }


def _handler(fn: Any) -> Handler:
    parameters = signature(fn.fn).parameters
    names = tuple(name for name, parameter in parameters.items() if parameter.annotation is not gr.Request)
    return Handler(tuple(_kind(block) for block in fn.inputs), bool(fn.queue), names)


def _kind(block: Any) -> Kind:
    if isinstance(block, gr.Image) or takes_upload(block):
        return "picture"
    if isinstance(block, gr.State):
        return "state"
    return "number" if isinstance(block, gr.Number | gr.Slider) else "plain"
