"""Tables that `precompute report` left beside atlases: shown while their atlases are the same, and never a traceback."""

import json

import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import open_library
from explorer.operations.report.left import LARGEST, STEERING, left_table
from explorer.operations.report.sources import atlas_hash, cited, source
from explorer.operations.report.tables import report_table
from tests.making import Making, change_manifest, make_atlas
from tests.precompute.making import BUILT_IN


@pytest.fixture
def atlases(tmp_path):
    return [Atlas(make_atlas(tmp_path, Making(name=name, neurons=32))) for name in ("one", "other")]


def leave(atlases, name="truth_summary", **hashes):
    directory = atlases[0].directory.parent / "report"
    directory.mkdir(exist_ok=True)
    pd.DataFrame({"atlas": ["one", "other"], "hash": ["old", "old"], "focused": [3, 4]}).to_csv(
        directory / f"{name}.csv", index=False
    )
    made_of = {atlas.name: atlas_hash(atlas) for atlas in atlases} | hashes
    (directory / "sources.json").write_text(json.dumps(made_of))
    return directory


def test_rows_of_the_same_atlases_are_shown(atlases):
    leave(atlases)
    assert left_table(atlases, "truth_summary")["focused"].tolist() == [3, 4]
    assert left_table(atlases[1:], "truth_summary")["focused"].tolist() == [4]
    found = cited(left_table(atlases, "truth_summary"), [source(atlas) for atlas in atlases])
    assert found["hash"].tolist() == [atlas_hash(atlas) for atlas in atlases]


def test_rows_of_an_earlier_version_are_not(atlases):
    leave(atlases, other="0" * 12)
    assert left_table(atlases, "truth_summary")["atlas"].tolist() == ["one"]


def test_nothing_was_left(atlases):
    assert left_table(atlases, "truth_summary").empty
    assert report_table(atlases, "truth_summary").rows == ()


@pytest.mark.parametrize("content", ["", "\0\0", 'a,b\n"1', "[" * 100_000, "x" * (LARGEST + 1)])
@pytest.mark.parametrize("file", ["truth_summary.csv", "sources.json"])
def test_a_damaged_file_is_no_table(atlases, file, content):
    directory = leave(atlases)
    (directory / file).write_text(content)
    found = left_table(atlases, "truth_summary")
    assert found.empty or file == "truth_summary.csv"


def test_the_hash_is_of_what_figures_follow_from(atlases, tmp_path):
    before = atlas_hash(atlases[0])
    change_manifest(atlases[0].directory, lambda content: content.update(created="2030-01-01T00:00:00Z"))
    assert atlas_hash(Atlas(atlases[0].directory)) == before
    change_manifest(atlases[0].directory, lambda content: content["dataset"].update(fingerprint="another"))
    assert atlas_hash(Atlas(atlases[0].directory)) != before


def test_the_tables_of_truth_of_the_built_in_atlases_are_of_them_as_they_are():
    built_in = list(open_library([BUILT_IN]).atlases.values())
    assert set(left_table(built_in, "truth_summary")["atlas"]) == {atlas.name for atlas in built_in}


@pytest.mark.parametrize("name", STEERING)
def test_the_tables_of_steering_of_the_built_in_atlas_are_of_it_as_it_is(name):
    assert set(left_table([Atlas(BUILT_IN / "storybook-patches")], name)["atlas"]) == {"storybook-patches"}
