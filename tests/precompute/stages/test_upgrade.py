"""Atlases of the schema before, brought to this one in place; and all that is refused."""

import json

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import MANIFEST, NEURONS, SCHEMA_VERSION
from explorer.atlas.manifest_file import CHECKSUM
from explorer.atlas.steerable import usual_where
from explorer.errors import UserError
from precompute.__main__ import main
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture
def old(tmp_path):
    """An atlas as version 2 had it: the same files, and a manifest that lists none of them."""
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))
    rewrite(directory, schema_version=2)
    return directory


def rewrite(directory, **fields):
    content = json.loads((directory / MANIFEST).read_text())
    as_version_3(content)
    told = {name: content[name] for name in content if name not in (CHECKSUM, "files", "images")}
    (directory / MANIFEST).write_text(json.dumps(told | {"schema_version": 2} | fields))


def test_an_old_atlas_becomes_a_new_one(old, capsys):
    files = {path.name: path.read_bytes() for path in old.iterdir() if path.name != MANIFEST}
    before = json.loads((old / MANIFEST).read_text())
    assert main(["upgrade", str(old)]) == 0
    told = capsys.readouterr().out
    assert f"atlas drawings has schema version {SCHEMA_VERSION} now: 6 files and 1 parts" in told
    assert "its floor (the mean cosine of two random images) is unknown" in told
    assert f"--out {old} --force" in told
    assert {path.name: path.read_bytes() for path in old.iterdir() if path.name != MANIFEST} == files
    after = json.loads((old / MANIFEST).read_text())
    changed = ("schema_version", "metrics")
    assert {name: after[name] for name in before if name not in changed} == {n: before[n] for n in before if n not in changed}
    assert after["schema_version"] == SCHEMA_VERSION
    for name, ms in before["metrics"]["ms"].items():  # the best of old was of all living neurons, another figure
        assert after["metrics"]["ms"][name] == ms | {"best": None, "floor": None}
    atlas = Atlas(old)
    assert all(atlas.images.thumbnail(top.image) for neuron in range(16) for top in atlas.top_images(neuron))
    written = (old / MANIFEST).read_bytes()
    assert main(["upgrade", str(old)]) == 0
    told = capsys.readouterr().out
    assert "already; its floor" in told
    assert (old / MANIFEST).read_bytes() == written


def test_version_3_opens_as_it_is_and_can_be_upgraded(tmp_path, capsys):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))
    change_manifest(directory, as_version_3)
    before = (directory / MANIFEST).read_bytes()
    atlas = Atlas(directory)
    assert (directory / MANIFEST).read_bytes() == before
    assert [atlas.floor(name) for name in (None, *atlas.similarities)] == [None] * 3
    assert atlas.manifest.schema_version == SCHEMA_VERSION
    assert main(["upgrade", str(directory)]) == 0
    assert f"has schema version {SCHEMA_VERSION} now" in capsys.readouterr().out
    assert Atlas(directory).manifest == atlas.manifest


def test_version_4_opens_as_it_is_and_keeps_what_it_knows(tmp_path, capsys):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1, floor=0.25))

    def as_version_4(content):
        content["schema_version"] = 4
        del content["map"], content["search"]

    change_manifest(directory, as_version_4)
    atlas = Atlas(directory)
    assert [atlas.floor(), atlas.manifest.map, atlas.manifest.search] == [0.25, None, None]
    assert atlas.manifest.metrics.ms[atlas.similarities[0]].best is not None
    assert main(["upgrade", str(directory)]) == 0
    assert (
        capsys.readouterr().out
        == f"upgrade: atlas drawings has schema version {SCHEMA_VERSION} now: 6 files and 1 parts listed\n"
    )
    assert json.loads((directory / MANIFEST).read_text())["schema_version"] == SCHEMA_VERSION
    assert Atlas(directory).manifest == atlas.manifest


def test_version_6_did_not_tell_where_neurons_were_raised(tmp_path):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1, floor=0.25, says=2))

    def as_version_6(content):
        content["schema_version"] = 6
        del content["steering"]["where"]

    change_manifest(directory, as_version_6)
    assert usual_where(Atlas(directory)) == "all"
    assert main(["upgrade", str(directory)]) == 0
    content = json.loads((directory / MANIFEST).read_text())
    assert (content["schema_version"], content["steering"]["where"]) == (SCHEMA_VERSION, "all")


def test_version_3_that_was_changed_is_damaged(tmp_path):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))
    change_manifest(directory, as_version_3)
    text = (directory / MANIFEST).read_text()
    (directory / MANIFEST).write_text(text.replace('"schema_version": 3', '"schema_version": 4'))
    with pytest.raises(UserError, match="checksum"):
        Atlas(directory)


def test_an_atlas_with_a_floor_needs_nothing(tmp_path, capsys):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1, floor=0.25))
    assert main(["upgrade", str(directory)]) == 0
    assert capsys.readouterr().out == f"upgrade: atlas drawings has schema version {SCHEMA_VERSION} already\n"


def as_version_3(content):
    content["schema_version"] = 3
    for summary in content["metrics"]["ms"].values():
        summary.pop("floor", None)


def _cut(directory):
    (directory / NEURONS).write_bytes(b"cut")


def _stranded(directory):
    store = directory.parent / "drawings-images"
    store.rename(directory.parent / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda directory: rewrite(directory, schema_version=SCHEMA_VERSION + 1), "update Monoscope"),
        (lambda directory: rewrite(directory, schema_version=1), "build it again"),
        (lambda directory: rewrite(directory, pooling="least"), "pooling"),
        (lambda directory: (directory / MANIFEST).write_text("{"), "no JSON"),
        (lambda directory: (directory / MANIFEST).unlink(), "no readable"),
        (_cut, NEURONS),
        (_stranded, "drawings-images"),
    ],
)
def test_what_cannot_be_upgraded_stays_as_it_is(old, spoil, said, capsys):
    spoil(old)
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    assert main(["upgrade", str(old)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before
