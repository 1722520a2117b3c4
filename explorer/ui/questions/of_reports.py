"""Questions about all atlases at once: the tables of the report."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from explorer.atlas.atlas import Atlas
from explorer.operations.report.tables import report_table
from explorer.ui.context import Context
from explorer.ui.questions.base import Answer, OwnImages, Question, atlas_named

ReportName = Literal[
    "summary",
    "levels",
    "uniqueness",
    "above_baseline",
    "seeds",
    "truth_summary",
    "truth_coverage",
    "truth_ms",
    "truth_ceilings",
    "truth_missed",
    "published",
]


class Report(Question):
    """A table of the report: the paper's tables, rebuilt for the open atlases; `published` has the paper's own numbers.

    `columns` names the values of each of `rows`; `sources` are the atlases with their hash, the images' fingerprint and the
    similarity encoders. A table of truth is empty where nobody has held the atlases against the truth. Example: table="levels".
    """

    table: Annotated[ReportName, Field(description="which table")] = "summary"
    atlas: Annotated[str, Field(max_length=100, description="name of an atlas, as `atlases` gives it; empty: all of them")] = ""

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        yield report_table(_asked(context, self.atlas), self.table).as_dict()


def _asked(context: Context, name: str) -> list[Atlas]:
    """The atlas of that name; all where none is named."""
    return [atlas_named(context, name)] if name else list(context.library.atlases.values())
