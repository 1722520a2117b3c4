from hypothesis import given
from hypothesis import strategies as st

from explorer.models.steering.region import patches_of


def test_regions_by_hand():
    assert patches_of("all", (8, 8)) is None
    middle = patches_of("middle", (8, 8))
    assert middle is not None
    assert (len(middle), middle[0], middle[6], middle[-1]) == (36, 9, 17, 54)
    assert patches_of("middle", (3, 3)) == (4,)
    assert patches_of("middle", (3, 5)) == (6, 7, 8)
    assert patches_of("middle", (2, 3)) == (1, 4)  # two rows have no rim
    assert patches_of("middle", (1, 1)) == (0,)
    assert len(patches_of("middle", (24, 24)) or ()) == 18 * 18  # LLaVA-1.5: a rim of three


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_middle_is_what_lies_an_eighth_from_every_edge(rows, columns):
    def inside(place: int, side: int) -> bool:
        return side < 3 or min(place, side - 1 - place) >= max(1, int(side / 8))

    expected = [
        row * columns + column
        for row in range(rows)
        for column in range(columns)
        if inside(row, rows) and inside(column, columns)
    ]
    assert list(patches_of("middle", (rows, columns)) or ()) == expected
    assert expected
