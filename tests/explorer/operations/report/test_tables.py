"""The report's tables as pages, programs and agents get them."""

import io
import json

import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.sources import atlas_hash, cited, source
from explorer.operations.report.tables import NAMES, TITLES, frame, report_table
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def atlases(tmp_path_factory):
    root = tmp_path_factory.mktemp("tables")
    return [Atlas(make_atlas(root, Making(name=name, neurons=32, seed=seed))) for seed, name in enumerate(("one", "two"), 1)]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_strict_json_and_has_a_title(atlases, name):
    table = report_table(atlases, name)
    assert table.title == TITLES[name]
    content = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    assert all(len(row) == len(table.columns) for row in content["rows"])
    assert [made["atlas"] for made in content["sources"]] == ([] if name == "published" else ["one", "two"])


def test_uniqueness_is_what_scoring_counted(atlases):
    fires = int((atlases[0].neurons["max"] > 0).sum())
    metrics = atlases[0].manifest.metrics
    first = frame(atlases, "uniqueness").iloc[0].tolist()
    assert first == ["one", fires * (fires - 1) // 2, metrics.overlapping_pairs, metrics.alike_pairs]


@pytest.mark.parametrize("name", NAMES)
def test_without_atlases_nothing_but_the_paper(name):
    assert frame([], name).empty == (name != "published")


def test_every_row_cites_its_atlas(atlases):
    sources = [source(atlas) for atlas in atlases]
    levels = cited(frame(atlases, "levels"), sources)
    by_name = {atlas.name: atlas_hash(atlas) for atlas in atlases}
    assert list(levels)[:4] == ["atlas", "hash", "dataset", "fingerprint"]
    assert levels["hash"].tolist() == [by_name[name] for name in levels["atlas"]]
    seeds = cited(frame(atlases, "seeds"), sources)
    assert seeds["hash"].tolist() == [", ".join(by_name.values())] * len(seeds)
    assert seeds["dataset"].unique().tolist() == ["synthetic-drawings"]
    assert len(pd.read_csv(io.StringIO(levels.to_csv(index=False)))) == len(levels)
