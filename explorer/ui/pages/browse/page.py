"""Browse: an atlas's neurons as cards, sorted, filtered and paged. The main page."""

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, sentence, wire
from explorer.ui.pages.browse.controls import controls
from explorer.ui.pages.browse.results import results
from explorer.ui.pages.browse.summary import summary
from explorer.ui.pages.browse.view import read_query
from explorer.ui.pages.browse.welcome import is_plain, welcome
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import damaged, no_atlas, notice
from explorer.ui.templates import render


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(""))
    first = html("welcome", Markup('<div class="welcome-space"></div>'))
    about = html("about-atlas", Markup('<div class="summary-space"></div>'))
    tools = html("tools", Markup('<div class="filters-space"></div>'))
    cards = html("cards", render("pages/browse/skeleton.html"), listens=True)

    def show(request: gr.Request) -> tuple[str, str, str, str, str]:
        params = address(request)
        try:
            return context.header("", params), *_page(context, params)
        except UserError as error:
            return context.header("", params), "", "", "", _refused(context, error)

    def refresh(request: gr.Request) -> str:
        try:
            params = address(request)
            atlas = context.atlas(params)
            return results(atlas, read_query(params, atlas))
        except UserError as error:
            return _refused(context, error)

    for event in (demo.load, cards.submit):
        wire(event, show, None, [top, first, about, tools, cards], cards, context.jobs, **QUICK)
    wire(cards.input, refresh, None, cards, cards, context.jobs, **QUICK)


def _page(context: Context, params: Params) -> tuple[str, str, str, str]:
    atlas = context.atlas(params)
    query = read_query(params, atlas)
    first = welcome(atlas, context.vlm is not None) if is_plain(params) else ""
    return first, summary(atlas) + damaged(context.library.problems), controls(atlas, query), results(atlas, query)


def _refused(context: Context, error: UserError) -> Markup:
    if not context.library.atlases:
        return no_atlas(context.library.problems)
    return notice(sentence(error)) + damaged(context.library.problems)
