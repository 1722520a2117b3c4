"""The card of published atlases: its commands are real ones that ask for what the atlas has, and it cannot be written into."""

import shlex

import pytest
import tyro
import yaml

from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.portable.contents import whole_atlas
from explorer.shipped import shipped
from precompute.atlas import Atlas
from precompute.sharing.card import card, commands
from precompute.stages.describe import Describe
from tests.making import Making, change_manifest, make_atlas

HOSTILE = "a | b\n\n---\n<script>alert(1)</script>"  # what an atlas may call its images
BUILT_IN = sorted(path.parent for path in shipped("storybook/atlases").glob("*/manifest.json"))


@pytest.mark.parametrize("directory", BUILT_IN, ids=lambda path: path.name)
def test_the_command_asks_for_what_the_atlas_has(directory):
    about = read_manifest(directory)
    first, *more = (shlex.split(command) for command in commands(about))
    assert first[:4] == ["python", "-m", "precompute", "atlas"]
    asked = tyro.cli(Atlas, args=first[4:])
    assert (asked.encoder, asked.tap, asked.pooling) == (about.encoder.source, about.tap.name, about.pooling)
    assert asked.similarity == tuple(info.source for info in about.similarity if info.library != "none")
    brought = [info.name for info in about.similarity if info.library == "none"]
    assert [path.stem for path in asked.similarity_embeddings] == brought
    if about.sae.kind == "none":
        assert asked.sae == "none"
    else:
        shape = (asked.sae, round(asked.expansion * about.sae.width), asked.k, asked.steps, asked.seed)
        assert shape == (about.sae.kind, about.sae.neurons, about.sae.k, about.sae.steps, about.sae.seed)
    (describe,) = [words for words in more if words[3] == "describe"]
    assert tyro.cli(Describe, args=describe[4:]).atlas.name == about.name


def test_other_fractions_are_told(tmp_path):
    make_atlas(tmp_path, Making(name="odd", neurons=16, drawn=8, dead=0))
    change_manifest(tmp_path / "odd", lambda content: content["sae"].update(group_sizes=[8, 8], steps=10, seed=3))
    (command,) = commands(read_manifest(tmp_path / "odd"))
    assert "--sae matryoshka --expansion 1 --k 16 --fractions 0.5 0.5 --steps 10 --seed 3" in command


def test_what_an_atlas_says_stays_text(tmp_path):
    make_atlas(tmp_path, Making(name="odd", neurons=16, drawn=8, dead=0))
    change_manifest(tmp_path / "odd", lambda content: content["dataset"].update(name=HOSTILE))
    text = card("ada/odd", [whole_atlas(tmp_path / "odd")], "cc0-1.0", "One line\n---\nlicense: mine")
    front, body = text.removeprefix("---\n").split("\n---\n", 1)
    assert yaml.safe_load(front)["license"] == "cc0-1.0"
    assert "<script" not in body
    (row,) = [line for line in body.splitlines() if line.startswith("| images |")]
    assert row.count("|") == 3
    assert "**Content.** One line --- license: mine" in body
