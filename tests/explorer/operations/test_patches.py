"""Sets of patches as text: there and back, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import VisitorError
from explorer.operations.patches import LONGEST_RUNS, numbers, runs


def test_runs_are_written_as_people_would():
    assert runs([17, 9, 11, 10]) == "9-11.17"
    assert numbers("9-11.17") == (9, 10, 11, 17)
    assert (runs([]), numbers("")) == ("", ())
    assert (runs([0]), runs([0, 1]), runs([0, 2])) == ("0", "0-1", "0.2")


@given(st.sets(st.integers(0, 1368)))
def test_there_and_back(patches):
    assert numbers(runs(patches)) == tuple(sorted(patches))


def test_any_selection_of_the_largest_usual_grid_fits():
    chessboard = [row * 37 + column for row in range(37) for column in range(37) if (row + column) % 2]
    assert numbers(runs(chessboard)) == tuple(chessboard)


@pytest.mark.parametrize(
    "text",
    ["a", "-1", "1-", "3-1", "1.1", "5.3", "1..2", "1,2", "1-3-5", "99999", "١", "1 ", "0-9999.0-9999", "1." * LONGEST_RUNS],
)
def test_anything_else_is_refused(text):
    with pytest.raises(VisitorError, match="ascending numbers and runs"):
        numbers(text)
