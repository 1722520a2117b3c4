"""Areas of the map: which places lie inside a polygon, against shapes whose inside is known, and addresses from anyone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.area import FEWEST, MOST, inside, read_area, write_area
from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from tests.making import Making, make_atlas

places = st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=30)


@given(places)
def test_a_rectangle_and_a_triangle(points):
    x, y = np.array(points).T
    box = ((-1.0, -0.5), (1.0, -0.5), (1.0, 0.5), (-1.0, 0.5))
    clear = (np.abs(np.abs(x) - 1) > 1e-9) & (np.abs(np.abs(y) - 0.5) > 1e-9)  # off the border
    assert (inside(x, y, box) == ((np.abs(x) < 1) & (np.abs(y) < 0.5)))[clear].all()
    below = (np.abs(x + y - 1) > 1e-9) & (np.abs(x) > 1e-9) & (np.abs(y) > 1e-9)
    assert (inside(x, y, ((0, 0), (1, 0), (0, 1))) == ((x > 0) & (y > 0) & (x + y < 1)))[below].all()


def test_a_hollow_shape():
    """A C: the notch at its right is outside."""
    shape = ((0, 0), (3, 0), (3, 1), (1, 1), (1, 2), (3, 2), (3, 3), (0, 3))
    x, y = np.array([0.5, 2.0, 2.0, 2.0, np.nan]), np.array([1.5, 1.5, 0.5, 2.5, 1.0])
    assert inside(x, y, shape).tolist() == [True, False, True, True, False]
    assert inside(x, y, shape[::-1]).tolist() == [True, False, True, True, False]


def test_an_address_holds_an_area():
    area = ((0.1, 0.25), (0.9, 0.0), (0.333, 1.0))
    assert write_area(area) == "0.1,0.25,0.9,0,0.333,1"
    assert read_area(write_area(area)) == area
    many = tuple((i / 100, 0.5) for i in range(MOST))
    assert read_area(write_area(many)) == many


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2",
        "1,2,3,4",
        "1,2,3,4,5",
        "a,b,c,d,e,f",
        "nan,0,1,0,1,1",
        "1e999,0,1,0,1,1",
        "0,0," * 100,
        "<script>",
        "9" * 10_000,
    ],
)
def test_what_is_no_area(text):
    assert read_area(text) == ()
    assert FEWEST == 3


def test_a_query_within_an_area(tmp_path):
    atlas = Atlas(make_atlas(tmp_path, Making(mapped=True)))
    x, y = atlas.neurons["map_x"].to_numpy(), atlas.neurons["map_y"].to_numpy()
    expected = [n for n in range(64) if 0 < x[n] < 1 and -1 < y[n] < 0.5]
    found = atlas.page(Query(area=((0, -1), (1, -1), (1, 0.5), (0, 0.5)), alive=False, size=64, sort="id"))
    assert found.neurons == expected
    assert 0 < found.total < 30


def test_without_a_map_no_neuron_is_in_an_area(tmp_path):
    atlas = Atlas(make_atlas(tmp_path, Making()))
    assert atlas.page(Query(area=((-9, -9), (9, -9), (0, 9)))).total == 0
