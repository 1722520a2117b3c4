"""Grids: our atlases by configuration and expansion factor, above the paper's rows."""

import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.grids import QUANTITIES, grid
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def atlases(tmp_path_factory):
    """Expansions 4 and 2 of one configuration; another one that does not know `clip-drawn`. Each SAE reads 16 numbers."""
    root = tmp_path_factory.mktemp("grids")
    makings = (
        Making(name="four"),
        Making(name="two", neurons=32),
        Making(name="other", neurons=32, grid=None, similarities=("third",)),
    )
    return [Atlas(make_atlas(root, making)) for making in makings]


def test_equal_configurations_share_a_row(atlases):
    same = [atlases[0]]
    (row,) = [row for row in grid(same, "mean_ms").rows if not row.published]
    assert list(row.cells) == [4.0]
    assert row.cells[4.0].atlases == ("four",)
    assert row.cells[4.0].value == pytest.approx(float(atlases[0].manifest.metrics.ms["dinov2-drawn"].mean))


def test_rows_of_ours_come_first_and_columns_ascend(atlases):
    found = grid(atlases, "best_ms")
    flags = [row.published for row in found.rows]
    assert flags == sorted(flags)
    assert found.expansions == (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0)
    paper = next(row for row in found.rows if row.published and row.sae == "matryoshka" and row.layer == "22")
    assert [cell.value for cell in paper.cells.values()] == [0.83, 0.83, 0.87, 0.94, 1.00, 1.00]


def test_another_e_where_the_atlas_knows_it(atlases):
    by = {row.layer: row.similarity for row in grid(atlases, "best_ms", "clip-drawn").rows if not row.published}
    assert by == {"2:patches": "clip-drawn", "2:cls": "third"}
    assert {row.similarity for row in grid(atlases, "r2", "clip-drawn").rows} == {""}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_without_atlases_the_paper_alone(quantity):
    assert all(row.published for row in grid([], quantity).rows)
