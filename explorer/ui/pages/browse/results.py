"""What was found: how many neurons in which order, the ways to see and take them, and one page of them."""

from dataclasses import replace
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import BEST, Query
from explorer.operations.browse import NeuronPage, browse
from explorer.ui.pages.browse import words
from explorer.ui.pages.browse.table import table
from explorer.ui.pages.browse.view import effective, is_table, view_of, write_query
from explorer.ui.parts.card import card
from explorer.ui.parts.notice import empty
from explorer.ui.parts.pager import pager
from explorer.ui.parts.term import term
from explorer.ui.routes.exports import export_links
from explorer.ui.templates import render


class Choice(NamedTuple):
    """One of the ways to see the neurons."""

    name: str
    href: str
    current: bool


def results(atlas: Atlas, query: Query) -> Markup:
    """Count, pager, and cards or the table."""
    page = browse(atlas, effective(query))
    here, asked = replace(query, page=page.page), write_query(replace(query, page=0), atlas)
    return render(
        "pages/browse/results.html",
        count=f"{page.total:,}",
        noun="neuron" if page.total == 1 else "neurons",
        order=_order(atlas) if query.sort == BEST else "",
        everywhere=f"./?{write_query(replace(query, area=(), page=0), atlas)}" if query.area else "",
        area=words.AREA,
        pager=_pager(atlas, query, page),
        views=_views(atlas, here),
        asked=asked,
        downloads=export_links(atlas, asked),
        neurons=_neurons(atlas, here, page) if page.neurons else _none(atlas),
        any=bool(page.neurons),
    )


def _neurons(atlas: Atlas, query: Query, page: NeuronPage) -> Markup:
    if is_table(query):
        return table(atlas, page.neurons, query)
    cards = [
        card(atlas, summary, f"neuron?{write_query(query, atlas, id=summary.neuron)}", query.similarity)
        for summary in page.neurons
    ]
    return Markup('<div class="cards">{}</div>').format(Markup("").join(cards))


def _order(atlas: Atlas) -> Markup:
    """How the default order is made."""
    least = atlas.least_images
    shown, why = (words.BEST_SHOWN, words.BEST_FIRST) if least else (words.BEST_SHOWN_ALL, words.BEST_FIRST_ALL)
    return term(shown.format(least=least), why.format(least=least))


def _pager(atlas: Atlas, query: Query, page: NeuronPage) -> Markup:
    def link(number: int) -> str | None:
        return f"./?{write_query(replace(query, page=number), atlas)}" if 0 <= number < page.pages else None

    return pager(page.page, page.pages, link(page.page - 1), link(page.page + 1))


def _views(atlas: Atlas, query: Query) -> list[Choice]:
    """Cards or table; each begins where the other does."""
    return [
        Choice(name, f"./?{write_query(view_of(query, table=wide), atlas)}", is_table(query) == wide)
        for name, wide in (("Cards", False), ("Table", True))
    ]


def _none(atlas: Atlas) -> Markup:
    reset = Markup('<p><a class="action" href="./?{}" data-view>Reset all filters</a></p>').format(write_query(Query(), atlas))
    return empty(words.NO_MATCH, words.NO_MATCH_WHY, reset)
