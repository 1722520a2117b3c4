from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import SORTS, Query
from explorer.ui.pages.browse.view import ROWS, effective, images_choices, read_query, view_of, write_query

MS = st.integers(-100, 100).map(lambda hundredths: hundredths / 100)
SHARES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)
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
        density=st.tuples(SHARES, SHARES).map(lambda pair: (min(pair), max(pair))),
        named=st.booleans(),
        images=st.sampled_from([0, 16]),
        size=st.sampled_from([Query.size, ROWS]),
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
        {"dmin": "0.5", "dmax": "0.1", "steerable": "yes", "named": "0", "view": "<b>", "images": "17"},
        {"dmin": "-1", "dmax": "2", "steerable": "1"},  # nobody has tried these neurons
        {"level": "٣", "p": "\x00", "min": "", "max": "one"},
    ],
)
def test_nonsense_in_an_address_is_left_out(atlas: Atlas, params: dict[str, str]) -> None:
    assert read_query(params, atlas) == Query()


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [*SORTS, "clip-drawn", "dinov2-drawn", "#5", "-1", "²", "٣", "nan", "-inf", "1e999", "9" * 30, "0x1", "\x00"]
    ),
    st.integers(-9, 9).map(str),
    st.floats(-2, 2).map(str),
)
FIELDS = ("sort", "e", "min", "max", "dmin", "dmax", "level", "images", "steerable", "named", "dead", "text", "p", "view", "id")


@settings(max_examples=500)
@given(params=st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_any_address_is_a_view_that_the_atlas_answers(atlas: Atlas, params: dict[str, str]) -> None:
    query = read_query(params, atlas)
    assert query.sort in SORTS
    assert query.similarity in (None, "clip-drawn")
    assert query.level in (None, 0, 1, 2, 3)
    assert -1 <= query.ms[0] <= query.ms[1] <= 1
    assert query.images in images_choices(atlas)
    assert query.page >= 0
    assert 0 <= query.density[0] <= query.density[1] <= 1
    assert query.size in (Query.size, ROWS)
    assert read_query(dict(parse_qsl(write_query(query, atlas))), atlas) == query
    page = atlas.page(effective(query))
    assert len(page.neurons) == min(query.size, page.total - page.page * query.size)
    assert not (query.alive and not query.text.startswith("#") and np.isnan(atlas.ms()[page.neurons]).any())


def test_long_searches_are_cut(atlas: Atlas) -> None:
    assert len(read_query({"text": "1" * 10_000}, atlas).text) == 80


def test_a_number_finds_its_neuron_even_dead(atlas: Atlas) -> None:
    dead = next(neuron for neuron in range(len(atlas)) if atlas.neurons["max"].iat[neuron] == 0)
    query = read_query({"text": f"#{dead}"}, atlas)
    assert dead not in atlas.page(query).neurons
    assert dead in atlas.page(effective(query)).neurons


@pytest.mark.parametrize(("page", "table", "expected"), [(0, True, 0), (4, True, 0), (5, True, 1), (2, False, 8)])
def test_the_other_view_begins_with_the_page_that_holds_the_first(page: int, table: bool, expected: int) -> None:
    query = Query(page=page, size=Query.size if table else ROWS)  # 24 cards, 100 rows
    other = view_of(query, table=table)
    assert other.page == expected
    assert other.page * other.size <= page * query.size < (other.page + 1) * other.size
