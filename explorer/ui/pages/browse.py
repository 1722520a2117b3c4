"""Browse: an atlas's neurons as cards, sorted, filtered and paged. The main page."""

from dataclasses import replace

import gradio as gr
from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Query
from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.components.card import card
from explorer.ui.components.controls import FORM, controls
from explorer.ui.components.notice import damaged, empty, no_atlas, notice
from explorer.ui.components.pager import pager
from explorer.ui.components.summary import summary
from explorer.ui.frame import QUICK, Frame, address, html
from explorer.ui.handlers import sentence, wire
from explorer.ui.view import Params, asked, read_query, usual, write_query

_SKELETON = Markup('<div class="bar"><span class="count">&nbsp;</span></div><div class="cards" aria-busy="true">{}</div>').format(
    Markup('<span class="card ghost"><span class="mosaic"></span><span class="card-name"></span></span>') * 24
)


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    top = html("top", frame.header("", owner=FORM))
    about = html("about-atlas", Markup('<div class="summary-space"></div>'))
    tools = html("tools", Markup('<div class="filters-space"></div>'))
    cards = html("cards", _SKELETON, listens=True)

    def show(request: gr.Request) -> tuple[str, str, str, str]:
        params = address(request)
        try:
            return frame.header("", params, FORM), *_page(frame, params)
        except UserError as error:
            return frame.header("", params, FORM), "", "", _refused(frame, error)

    def refresh(request: gr.Request) -> str:
        try:
            params = address(request)
            atlas = frame.atlas(params)
            return results(atlas, read_query(params, atlas))
        except UserError as error:
            return _refused(frame, error)

    for event in (demo.load, cards.submit):
        wire(event, show, None, [top, about, tools, cards], cards, frame.jobs, **QUICK)
    wire(cards.input, refresh, None, cards, cards, frame.jobs, **QUICK)


def results(atlas: Atlas, query: Query) -> Markup:
    """Count, pager and cards."""
    page = atlas.page(asked(query))
    here = replace(query, page=page.page)

    def link(number: int) -> str | None:
        return f"./?{write_query(replace(query, page=number), atlas)}" if 0 <= number < page.pages else None

    steps = pager(page.page, page.pages, link(page.page - 1), link(page.page + 1))
    count = Markup('<span class="count"><b>{}</b> {}</span>').format(
        f"{page.total:,}", "neuron" if page.total == 1 else "neurons"
    )
    bar = Markup('<div class="bar">{}{}</div>').format(count, steps)
    if not page.neurons:
        return bar + _none(atlas)
    hrefs = (f"neuron?{write_query(here, atlas, id=neuron)}" for neuron in page.neurons)
    cards = [card(atlas, neuron, href, query.similarity) for neuron, href in zip(page.neurons, hrefs, strict=True)]
    return bar + Markup('<div class="cards">{}</div><div class="bar bar-end">{}</div>').format(Markup("").join(cards), steps)


def _page(frame: Frame, params: Params) -> tuple[str, str, str]:
    atlas = frame.atlas(params)
    query = read_query(params, atlas)
    return summary(atlas) + damaged(frame.library.problems), controls(atlas, query), results(atlas, query)


def _none(atlas: Atlas) -> Markup:
    reset = Markup('<p><a class="action" href="./?{}" data-view>Reset all filters</a></p>').format(
        write_query(usual(atlas), atlas)
    )
    return empty(text.NO_MATCH, text.NO_MATCH_WHY, reset)


def _refused(frame: Frame, error: UserError) -> Markup:
    if not frame.library.atlases:
        return no_atlas(frame.library.problems)
    return notice(sentence(error)) + damaged(frame.library.problems)
