"""The Report page over HTTP: the paper beside ours, what each table cites, and its files."""

import io

import httpx
import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.sources import atlas_hash
from explorer.operations.report.tables import NAMES
from explorer.ui import text
from explorer.ui.pages.report import words
from explorer.ui.pages.report.cells import cell
from tests.serving import Served


def test_our_rows_and_the_papers(site: Served, atlas: Atlas) -> None:
    page = site.load("/report", "atlas=drawings")
    for heading, _ in [*words.GRIDS.values(), *words.TABLES.values()]:
        assert f">{heading}</h2>" in page.replace("&#39;", "'")
    assert "CLIP-L · Matryoshka · layer 22 · K 20" in page
    assert f"<code>{atlas_hash(atlas)}</code>" in page
    assert words.TRUTH_SECTION.how in page
    assert words.STEERING_SECTION.how in page
    assert "<script" not in page


def test_another_e_is_in_the_address(site: Served) -> None:
    assert '<option value="clip-drawn" selected>' in site.load("/report", "atlas=drawings&e=clip-drawn")
    assert "selected>each atlas" in site.load("/report", "atlas=drawings&e=%3Cscript%3E")


def test_an_unknown_atlas_is_one_sentence(site: Served) -> None:
    assert text.UNKNOWN_ATLAS in site.load("/report", "atlas=nobody")


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_a_csv_file(site: Served, name: str) -> None:
    reply = httpx.get(f"{site.url}/report-tables/{name}.csv")
    assert reply.status_code == 200
    assert reply.headers["content-disposition"] == f'attachment; filename="monoscope-{name}.csv"'
    if reply.text.strip():
        table = pd.read_csv(io.StringIO(reply.text))
        assert "hash" in table or name == "published"


@pytest.mark.parametrize("path", ["nothing.csv", "..%2fsummary.csv", "summary", "SUMMARY.csv"])
def test_no_other_file_is_served(site: Served, path: str) -> None:
    assert httpx.get(f"{site.url}/report-tables/{path}").status_code == 404


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("best_ms", 1.0, "1.00"),
        ("best_ms", -0.034, "−0.03"),
        ("above_best", 0.123, "12 %"),
        ("pairs", 75_368_503.0, "75,368,503"),
        ("k", None, "–"),
        ("lca_depth", float("nan"), "–"),
        ("atlas", "photos", "photos"),
    ],
)
def test_how_values_are_written(column: str, value: object, shown: str) -> None:
    assert cell(column, value) == shown
