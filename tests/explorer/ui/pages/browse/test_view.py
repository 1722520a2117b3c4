from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.atlas import SORTS, Atlas, Query
from explorer.ui.address import read_number
from explorer.ui.pages.browse.view import effective, read_query, write_query

MS = st.integers(-100, 100).map(lambda hundredths: hundredths / 100)
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)


def queries() -> st.SearchStrategy[Query]:
    return st.builds(
        Query,
        sort=st.sampled_from(sorted(SORTS)),
        similarity=st.sampled_from([None, "clip-drawn"]),
        ms=st.tuples(MS, MS).map(lambda pair: (min(pair), max(pair))),
        level=st.sampled_from([None, 0, 1, 2, 3]),
        alive=st.booleans(),
        text=st.lists(WORDS, max_size=3).map(lambda words: " ".join(" ".join(words).split())),
        page=st.integers(0, 10**6),
    )


@given(query=queries())
def test_a_view_survives_its_address(atlas: Atlas, query: Query) -> None:
    assert read_query(dict(parse_qsl(write_query(query, atlas))), atlas) == query


def test_the_plain_view_has_the_plain_address(atlas: Atlas) -> None:
    assert write_query(Query(), atlas) == "atlas=drawings"
    assert write_query(Query(), atlas, id=3, band=None) == "atlas=drawings&id=3"


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "' or 1=1", "e": "../../etc", "level": "99", "p": "-3", "min": "nan", "max": "inf"},
        {"sort": "", "level": "²", "p": "9" * 5000, "min": "1e999", "dead": "yes"},
        {"level": "0x1", "p": "1.5", "min": "0.9", "max": "0.1"},
        {"level": "٣", "p": "\x00", "min": "", "max": "one"},
    ],
)
def test_nonsense_in_an_address_is_left_out(atlas: Atlas, params: dict[str, str]) -> None:
    assert read_query(params, atlas) == Query()


@given(
    params=st.dictionaries(st.sampled_from(["sort", "e", "min", "max", "level", "dead", "text", "p", "id"]), st.text(max_size=40))
)
def test_any_address_gives_a_page(atlas: Atlas, params: dict[str, str]) -> None:
    query = read_query(params, atlas)
    assert len(atlas.page(effective(query)).neurons) <= query.size
    assert (number := read_number(params, "id")) is None or number >= 0


def test_long_searches_are_cut(atlas: Atlas) -> None:
    assert len(read_query({"text": "1" * 10_000}, atlas).text) == 80


def test_a_number_finds_its_neuron_even_dead(atlas: Atlas) -> None:
    dead = next(neuron for neuron in range(len(atlas)) if atlas.neurons["max"].iat[neuron] == 0)
    query = read_query({"text": f"#{dead}"}, atlas)
    assert dead not in atlas.page(query).neurons
    assert dead in atlas.page(effective(query)).neurons
