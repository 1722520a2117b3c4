"""The Compare page: what its address names, and what it says where there is nothing to compare."""

import re
from copy import copy
from types import SimpleNamespace

import pytest

from explorer.atlas.library import Library, open_library
from explorer.errors import VisitorError
from explorer.operations.compare import compare
from explorer.ui.pages.compare import words
from explorer.ui.pages.compare.atlases import chooser, differences, figures, neurons
from explorer.ui.pages.compare.page import _pair, _several
from explorer.ui.pages.compare.view import other_of, read_neurons, shown
from explorer.ui.parts.header import header
from tests.conftest import HOSTILE
from tests.precompute.making import BUILT_IN


@pytest.fixture(scope="module")
def built_in() -> Library:
    return open_library([BUILT_IN])


def context(library):
    def atlas(params):
        return library.atlases[params.get("atlas") or next(iter(library.atlases))]

    return SimpleNamespace(library=library, atlas=atlas)


def test_neurons_of_an_address(built_in):
    asked = read_neurons({"neurons": "storybook:26, storybook-patches:5,x:9,storybook:,storybook:99999,,:3,5"}, built_in.atlases)
    assert [(atlas.name, neuron) for atlas, neuron in asked.found] == [("storybook", 26), ("storybook-patches", 5)]
    assert asked.missing == ["x:9", "storybook:", "storybook:99999", ":3", "5"]


def test_each_atlas_whose_images_are_shown_has_its_note(built_in):
    def noted(name):
        atlas = copy(built_in.atlases[name])
        atlas.entry = atlas.entry._replace(content_note=f"About <{name}>.")
        return atlas

    atlases = built_in.atlases | {name: noted(name) for name in ("storybook", "storybook-batchtopk")}
    both = [atlases["storybook-batchtopk"]]
    assert shown({"atlas": "storybook"}, atlases) == both == shown({"atlas": "storybook", "with": "storybook-batchtopk"}, atlases)
    assert [atlas.name for atlas in shown({"neurons": "storybook-batchtopk:3,storybook-patches:1,x:1"}, atlases)] == [
        "storybook-batchtopk",
        "storybook-patches",
    ]
    assert shown({"with": "nobody"}, atlases) == []
    drawn = header([], "compare", list(atlases), atlases["storybook"], also=both)
    assert re.findall(r'data-note="([^"]+)"', drawn) == ["storybook", "storybook-batchtopk"]
    assert "About &lt;storybook-batchtopk&gt;." in drawn
    assert "data-note" not in header([], "about", list(atlases), atlases["storybook"], also=both)


@pytest.mark.parametrize("text", [*HOSTILE, "", "," * 5000, "storybook:1" * 1000])
def test_any_text_of_neurons_ends_in_a_sentence(built_in, text):
    drawn = _several(context(built_in), {"neurons": text})
    assert "at least one neuron" in drawn
    assert "<script" not in drawn


def test_the_other_atlas_is_one_of_the_same_images(built_in):
    atlases = built_in.atlases
    assert other_of({}, atlases["storybook"], atlases) == "storybook-batchtopk"  # not the baseline, which comes first
    assert other_of({"with": "x"}, atlases["storybook"], atlases) == "x"
    assert other_of({}, atlases["storybook"], {"storybook": atlases["storybook"]}) == ""


@pytest.mark.parametrize(
    ("params", "says"),
    [({"with": "<script>"}, "no atlas “<script>” here"), ({"with": "storybook", "atlas": "storybook"}, "compared with itself")],
)
def test_what_cannot_be_compared_is_a_sentence(built_in, params, says):
    with pytest.raises(VisitorError, match=says):
        _pair(context(built_in), params)


def test_only_one_atlas(built_in):
    with pytest.raises(VisitorError, match="Only one atlas"):
        _pair(context(Library({"storybook": built_in.atlases["storybook"]}, [])), {})


def test_two_atlases_are_drawn_whole(built_in):
    pair = built_in.atlases["storybook"], built_in.atlases["storybook-batchtopk"]
    found = compare(*pair)
    drawn = figures(pair, found)
    assert drawn.count('<th scope="row">') == len(words.FIGURES)
    assert differences(pair, found) == ""
    shown = neurons(pair, found)
    assert shown.count('class="counterpart"') == 8
    assert shown.count("of their top images shared") == 8
    assert chooser(list(built_in.atlases), "storybook", "x").count("<option selected>") == 1


def test_other_images_and_other_e_are_said(library):
    pair = library.atlases["drawings"], library.atlases["plain"]
    found = compare(*pair)
    assert ("different images" in differences(pair, found)) == (not found.same_images)
    assert ("similarity encoders" in differences(pair, found)) == (found.similarity is None)
