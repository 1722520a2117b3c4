"""Exports: every neuron of a view, once and in order, as CSV that no spreadsheet runs and as Parquet with its metadata."""

import csv
import io

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.operations import export
from explorer.operations.export import as_csv, as_parquet, pieces
from tests.making import Making, make_atlas


@pytest.fixture
def atlas(tmp_path, monkeypatch) -> Atlas:
    monkeypatch.setattr(export, "PIECE", 7)  # several pieces of one selection
    labels = ('=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "\tred", 'a "quoted", label', "ordinary")
    return Atlas(make_atlas(tmp_path, Making(neurons=40, labels=labels)))


def test_csv_has_every_neuron_of_the_view_in_its_order(atlas):
    query = Query(sort="density", level=3)
    data = b"".join(as_csv(pieces(atlas, query)))
    found = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values={"steerability": [""]})
    assert found["neuron"].tolist() == atlas.page(Query(sort="density", level=3, size=99)).neurons
    assert len(found) > 7
    rows = atlas.neurons.iloc[found["neuron"]]
    assert np.allclose(found["ms_clip-drawn"], rows["ms_clip-drawn"])
    assert found["images"].tolist() == [round(96 * share) for share in rows["density"].tolist()]
    assert found["top_image"].tolist() == [atlas.top_images(neuron, 1)[0].image for neuron in found["neuron"]]
    assert bool(found["steerability"].isna().to_numpy().all())


def test_no_cell_of_csv_is_a_formula(atlas):
    atlas.neurons.loc[7, "ms_dinov2-drawn"] = -0.25
    text = b"".join(as_csv(pieces(atlas, Query(sort="id", alive=False)))).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["name"] for row in rows[:7]] == [
        "'=HYPERLINK(\"http://x\",\"y\")", "'+1", "'-2+3", "'@SUM(A1)", "'\tred", 'a "quoted", label', "ordinary",
    ]  # fmt: skip
    assert rows[7]["ms_dinov2-drawn"] == "-0.25"  # a number stays one


def test_parquet_is_the_same_table_with_its_metadata(atlas):
    query = Query(sort="activation")
    data = b"".join(as_parquet(pieces(atlas, query), {"atlas": "drawings"}))
    file = pq.ParquetFile(io.BytesIO(data))
    assert file.metadata.num_row_groups > 1
    assert file.schema_arrow.metadata[b"atlas"] == b"drawings"
    expected = pd.concat(pieces(atlas, query), ignore_index=True)
    pd.testing.assert_frame_equal(file.read().to_pandas(), expected, check_dtype=False)


def test_an_empty_selection_is_a_table_without_rows(atlas):
    query = Query(text="zeppelin")
    assert b"".join(as_csv(pieces(atlas, query))).startswith(b"neuron,name,name_source,")
    table = pq.read_table(io.BytesIO(b"".join(as_parquet(pieces(atlas, query), {}))))
    assert (table.num_rows, table.column_names[0]) == (0, "neuron")
