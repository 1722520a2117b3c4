"""The form that a new study is asked for by, and the preview of its pairs and of how wide its intervals will be."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import gradio as gr
from markupsafe import Markup

from explorer.atlas.library import Library
from explorer.study.analysis.power import power
from explorer.study.design import Candidate, Pair, Study
from explorer.study.drafting import Draft, drafted, names_in
from explorer.ui.pages.researcher import words
from explorer.ui.parts.html import html
from explorer.ui.routes.thumbnails import thumb_url
from explorer.ui.templates import render

PREVIEWED = 8  # pairs
PICTURES = 4  # of each neuron
_COUNTS = ("pairs", "answers", "each", "gold", "practice", "repeats", "seed")
_SWITCHES = ("neither", "back", "blind")
FIELDS = ("name", "atlases", *_COUNTS, *_SWITCHES)  # in the order of the handlers' values


class Form(NamedTuple):
    """Its parts."""

    fields: list[Any]
    preview: gr.Button
    create: gr.Button
    told: gr.HTML  # the preview, or what is wrong


class Shown(NamedTuple):
    """A neuron in the preview."""

    name: str
    href: str
    pictures: list[str]  # addresses


def form() -> Form:
    """Draw it; it begins with the values of the commands, and names no atlas: what a page begins with is sent to everybody."""
    usual = Draft(name="a")
    with gr.Row():
        name = gr.Textbox(label=words.NAME, elem_id="new-name", max_lines=1, max_length=40)
        atlases = gr.Textbox(label=words.ATLASES, elem_id="new-atlases", max_lines=1)
    with gr.Row():
        counts = [_number(each, getattr(usual, each)) for each in _COUNTS]
    with gr.Row():
        switches = [gr.Checkbox(getattr(usual, each), label=words.FIELDS[each], elem_id=f"new-{each}") for each in _SWITCHES]
    with gr.Row():
        preview = gr.Button(words.PREVIEW, elem_id="study-preview", min_width=0)
        create = gr.Button(words.CREATE, elem_id="study-create", min_width=0)
    return Form([name, atlases, *counts, *switches], preview, create, html("new-told"))


def asked(values: Sequence[object]) -> Draft:
    """What the fields say.

    Raises:
        VisitorError: naming the first field that is wrong.
    """
    fields = dict(zip(FIELDS, values, strict=True))
    return drafted(**fields | {"atlases": names_in(fields["atlases"])})


def preview(study: Study, library: Library) -> Markup:
    """The intervals to expect, and the first pairs with some of their pictures."""
    rows = [
        (_bin(each.low, each.high), each.pairs, f"{100 * each.agree:.0f} %", f"{100 * each.width:.0f}") for each in power(study)
    ]
    pairs = [_row(pair, library) for pair in study.pairs[:PREVIEWED]]
    counts = words.DRAWN.format(pairs=len(study.of_kind("pair")), all=len(study.pairs), shown=len(pairs))
    return render("pages/researcher/preview.html", rows=rows, pairs=pairs, counts=counts, words=words)


def _number(name: str, value: int) -> gr.Number:
    """A field; what is too little is told by `drafted`, which names the field."""
    return gr.Number(value, label=words.FIELDS[name], elem_id=f"new-{name}", precision=0, min_width=90)


def _bin(low: float, high: float) -> str:
    return f"{low:.3g}–{high:.3g}"


def _row(pair: Pair, library: Library) -> tuple[str, str, Shown, Shown]:
    return pair.kind, f"{pair.difference:.3f}", _shown(pair.first, library), _shown(pair.second, library)


def _shown(neuron: Candidate, library: Library) -> Shown:
    atlas = library.atlases[neuron.atlas]
    pictures = [thumb_url(atlas, top.image) for top in atlas.top_images(neuron.neuron, PICTURES)]
    name = words.NEURON.format(neuron=neuron.neuron, atlas=neuron.atlas, ms=neuron.ms)
    return Shown(name, f"neuron?atlas={neuron.atlas}&id={neuron.neuron}", pictures)
