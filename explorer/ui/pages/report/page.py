"""Report: the paper's tables and figures, rebuilt for the open atlases beside the published numbers."""

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, sentence, wire
from explorer.ui.pages.report.sections import head, tables
from explorer.ui.parts.curve_chart import curve_chart
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import damaged, no_atlas, notice

PATH = "report"


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    start = html("report", Markup('<div class="report-space"></div>'), listens=True)
    plot = gr.Plot(show_label=False, container=False, elem_id="curves-plot")
    rest = html("report-tables")

    def show(request: gr.Request) -> list[object]:
        params = address(request)
        try:
            shown = context.atlas(params)
        except UserError as error:
            return [context.header(PATH, params), _refused(context, error), gr.skip(), ""]
        atlases = tuple(context.library.atlases.values())
        known = {name for atlas in atlases for name in atlas.similarities}
        similarity = asked if (asked := params.get("e")) in known else None
        first = damaged(context.library.problems) + head(atlases, shown.name, similarity)
        return [context.header(PATH, params), first, curve_chart(atlases, similarity), tables(atlases, similarity)]

    for event in (demo.load, start.submit, start.input):
        wire(event, show, None, [top, start, plot, rest], start, context.jobs, **QUICK)


def _refused(context: Context, error: UserError) -> Markup:
    return notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
