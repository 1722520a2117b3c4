"""Atlases of the schema before, brought to this one in place; and all that is refused."""

import json

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import MANIFEST, NEURONS, SCHEMA_VERSION
from explorer.atlas.manifest_file import CHECKSUM
from precompute.__main__ import main
from tests.making import Making, make_atlas


@pytest.fixture
def old(tmp_path):
    """An atlas as version 2 had it: the same files, and a manifest that lists none of them."""
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))
    rewrite(directory, schema_version=2)
    return directory


def rewrite(directory, **fields):
    content = json.loads((directory / MANIFEST).read_text())
    told = {name: content[name] for name in content if name not in (CHECKSUM, "files", "images")}
    (directory / MANIFEST).write_text(json.dumps(told | fields))


def test_an_old_atlas_becomes_a_new_one(old, capsys):
    files = {path.name: path.read_bytes() for path in old.iterdir() if path.name != MANIFEST}
    before = json.loads((old / MANIFEST).read_text())
    assert main(["upgrade", str(old)]) == 0
    assert "atlas drawings has schema version 3 now: 6 files and 1 parts" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in old.iterdir() if path.name != MANIFEST} == files
    after = json.loads((old / MANIFEST).read_text())
    assert {name: after[name] for name in before} == before | {"schema_version": SCHEMA_VERSION}
    atlas = Atlas(old)
    assert all(atlas.images.thumbnail(top.image) for neuron in range(16) for top in atlas.top_images(neuron))
    written = (old / MANIFEST).read_bytes()
    assert main(["upgrade", str(old)]) == 0
    assert "already" in capsys.readouterr().out
    assert (old / MANIFEST).read_bytes() == written


def _cut(directory):
    (directory / NEURONS).write_bytes(b"cut")


def _stranded(directory):
    store = directory.parent / "drawings-images"
    store.rename(directory.parent / "elsewhere")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda directory: rewrite(directory, schema_version=4), "update Monoscope"),
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
