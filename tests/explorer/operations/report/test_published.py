"""The paper's numbers as they are kept, against PAPER.md §3 read by hand."""

import pytest

from explorer.operations.report.published import published, published_rows, published_values


@pytest.mark.parametrize(
    ("quantity", "sae", "layer", "values"),
    [
        ("best_ms", "batchtopk", "22", [0.66, 0.79, 0.80, 0.88, 0.92, 1.00]),
        ("best_ms", "matryoshka", "11", [0.84, 0.90, 0.95, 1.00, 0.89, 1.00]),
        ("mean_ms", "matryoshka", "last", [0.16, 0.20, 0.23, 0.22, 0.19, 0.13]),
        ("r2", "batchtopk", "last", [0.701, 0.746, 0.771, 0.782, 0.786, 0.791]),
    ],
)
def test_a_row_by_expansion(quantity, sae, layer, values):
    table = published_values(quantity)
    row = table[(table["sae"] == sae) & (table["layer"] == layer) & (table["encoder"] == "CLIP-L")]
    assert row["expansion"].tolist() == [1, 2, 4, 8, 16, 64]
    assert row["value"].tolist() == values


def test_rows_beside_our_tables():
    assert published_rows("uniqueness")[["pairs", "overlapping", "alike"]].to_numpy().tolist() == [[75_368_503, 16_000, 20]]
    assert published_rows("levels")["mean_ms"].tolist() == [0.06, 0.08, 0.09, 0.16, 0.24]
    assert published_rows("levels")["lca_depth"].tolist() == [3.33, 2.92, 3.85, 3.86, 4.06]
    sweep = published_rows("k").set_index("k")
    assert sweep.loc[20, ["r2", "worst_ms", "best_ms", "mean_ms"]].tolist() == [0.668, 0.01, 0.82, 0.16]
    assert published_rows("above_baseline")["above_same_rank"].tolist() == [0.9]


def test_what_the_paper_does_not_tell_is_empty():
    table = published()
    assert table["value"].notna().to_numpy().all()
    assert table.loc[table["quantity"] == "r2", "similarity"].unique().tolist() == [""]
    assert table.loc[table["quantity"].str.startswith("level"), "k"].isna().to_numpy().all()
