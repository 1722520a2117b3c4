"""The routes that take a view: downloads and a random neuron, through the gate."""

import io
import re

import httpx
import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.ui import text
from tests.serving import Served


def test_downloads_are_the_neurons_of_the_view(site: Served, atlas: Atlas) -> None:
    expected = atlas.page(Query(sort="density-low", level=2, size=99)).neurons
    for ending, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        reply = httpx.get(f"{site.url}/export/drawings.{ending}?sort=density-low&level=2&p=3&view=table")
        assert reply.status_code == 200
        assert re.search(rf'attachment; filename="drawings-[0-9a-f]{{8}}\.{ending}"', reply.headers["content-disposition"])
        assert read(io.BytesIO(reply.content))["neuron"].tolist() == expected


def test_a_download_of_nonsense_is_that_of_the_plain_view(site: Served, atlas: Atlas) -> None:
    reply = httpx.get(f"{site.url}/export/drawings.csv?sort=x&level=%00&min=nan&p=-1")
    assert len(pd.read_csv(io.BytesIO(reply.content))) == atlas.page(Query()).total


@pytest.mark.parametrize("path", ["nobody.csv", "drawings.exe", "..%2fdrawings.csv", "drawings.csv/x"])
def test_no_other_download(site: Served, path: str) -> None:
    reply = httpx.get(f"{site.url}/export/{path}")
    assert reply.status_code == 404
    assert "Traceback" not in reply.text


def test_a_surprise_is_a_neuron_of_the_view_that_keeps_it(site: Served, atlas: Atlas) -> None:
    view = "atlas=drawings&sort=density&level=1"
    ids = set(atlas.page(Query(level=1, size=99)).neurons)
    found = []
    for seed in range(12):
        target = httpx.get(f"{site.url}/surprise?{view}&seed={seed}").headers["location"]
        assert target.startswith(f"neuron?{view}&id=")
        found.append(int(target.rpartition("=")[2]))
    assert set(found) <= ids
    assert len(set(found)) > 3
    again = httpx.get(f"{site.url}/surprise?{view}&seed=5").headers["location"]
    assert again.endswith(f"id={found[5]}")


@pytest.mark.parametrize("query", ["atlas=drawings&text=zeppelin", "atlas=nobody", ""])
def test_no_surprise_leads_to_the_page_that_says_why(site: Served, query: str) -> None:
    reply = httpx.get(f"{site.url}/surprise?{query}")
    assert (reply.status_code, reply.headers["location"]) == (303, f"./?{query}")
    assert reply.headers["cache-control"] == "no-store"


def test_an_unknown_download_says_what_to_do(site: Served) -> None:
    assert httpx.get(f"{site.url}/export/nobody.csv").text == text.UNKNOWN_ATLAS
