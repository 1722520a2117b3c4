from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.operations.steer import LONGEST_PROMPT, WARMEST
from explorer.ui.address import link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.controls import steer_controls
from explorer.ui.pages.steer.view import LENGTHS, read_steer, suggested
from tests.making import Making, change_manifest, make_atlas

FIELDS = ["alpha", "prompt", "example", "length", "temperature", "seed", "where", "word"]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    atlas = Atlas(make_atlas(tmp_path_factory.mktemp("steer"), Making(name="drawings")))
    atlas.neurons.loc[:, "max"] = 3.0
    atlas.neurons.loc[5, "max"] = 0.0
    return atlas


def test_the_plain_page_steers_the_first_suggested_neuron_to_its_strongest(atlas):
    view = read_steer({}, atlas)
    assert view.neuron == suggested(atlas)[0]
    assert (view.alpha, view.prompt, view.example) == (3.0, words.PROMPTS[0], "")
    assert (view.length, view.temperature, view.seed) == (48, 0.0, 0)


@pytest.mark.parametrize(("says", "alpha"), [(0, 3.0), (2, 4.5)])
def test_the_slider_begins_at_what_was_found_to_read_well(tmp_path, says, alpha):
    """Where `describe` of an earlier version only tried it, at the neuron's strongest activation."""
    atlas = Atlas(make_atlas(tmp_path, Making(name="tried", says=says)))
    for column, value in {"max": 3.0, "steerability": 0.0, "steer_alpha": np.nan, "density": 1.0}.items():
        atlas.neurons[column] = value
    atlas.neurons.loc[2, ["steerability", "steer_alpha"]] = [1.0, 4.5]
    view = read_steer({}, atlas)
    assert (view.neuron, view.alpha) == (2, alpha)
    marks = str(steer_controls(atlas, view))
    assert ("1.5 × reads well" in marks) == bool(says)
    assert (">1 ×<" in marks) != bool(says)
    assert view.strip_alphas == pytest.approx((-3, -1.5, 0, 1.5, 3, 4.5, 6))
    elsewhere = read_steer({"where": "middle"}, atlas)  # nobody tried how it reads there
    assert (elsewhere.alpha, elsewhere.range.high) == (3.0, view.range.high)
    assert "reads well" not in steer_controls(atlas, elsewhere)


@pytest.mark.parametrize(
    ("given_", "alpha"),
    [("1.5", 1.5), ("1.57", 1.5), ("1.58", 1.65), ("0", 0.0), ("-3", -3.0), ("-99", -3.0), ("99", 6.0), ("nan", 3.0), ("", 3.0)],
)
def test_alpha_stands_on_a_step_within_the_range(atlas, given_, alpha):
    assert read_steer({"alpha": given_}, atlas).alpha == pytest.approx(alpha)


def test_a_neuron_is_set_where_it_was_when_the_atlas_was_described(atlas, tmp_path):
    assert read_steer({}, atlas).where == "all"  # nobody described it
    assert [read_steer({"where": asked}, atlas).where for asked in ("middle", "all", "<script>")] == ["middle", "all", "all"]
    directory = make_atlas(tmp_path, Making(name="described", says=2))
    assert read_steer({}, Atlas(directory)).where == "all"  # its manifest does not tell
    change_manifest(directory, lambda content: content["steering"].update(where="middle"))
    described = Atlas(directory)
    neuron = suggested(described)[0]
    for params, chosen in (({}, "middle"), ({"where": "all"}, "all")):
        view = read_steer({"id": str(neuron), **params}, described)
        assert view.where == chosen
        page = str(steer_controls(described, view))
        assert f'<option value="{chosen}" selected>' in page
        assert '<select name="where" data-none="middle">' in page


@pytest.mark.parametrize("given_", ["64", "-1", "abc", "1e3", "99999999999"])
def test_a_neuron_that_is_none_is_refused(atlas, given_):
    with pytest.raises(UserError, match="neurons 0 to 63"):
        read_steer({"id": given_}, atlas)


def test_a_dead_neuron_is_refused(atlas):
    with pytest.raises(UserError, match="#0005 is dead"):
        read_steer({"id": "5"}, atlas)


def test_prompts_are_one_line_and_short(atlas):
    assert read_steer({"prompt": "  say\n\n this "}, atlas).prompt == "say this"
    assert len(read_steer({"prompt": "x " * 4000}, atlas).prompt) == LONGEST_PROMPT


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
def test_any_address_is_a_view(atlas, params):
    view = read_steer(params, atlas)
    assert view.range.low <= view.alpha <= view.range.high
    assert view.length in LENGTHS
    assert 0 <= view.temperature <= WARMEST
    assert view.seed >= 0
    assert 0 < len(view.prompt) <= LONGEST_PROMPT
    page = steer_controls(atlas, view)
    assert page.count("<form") == 1
    assert "<script" not in page


def test_a_link_is_read_as_it_was_written(atlas):
    sampling = {"length": 96, "temperature": 0.7, "seed": 3}
    address = link("steer", atlas, id=7, alpha=-1.5, prompt="what & why?", example="white", where="middle", **sampling)
    params = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    view = read_steer(params, atlas)
    assert (view.neuron, view.alpha, view.prompt, view.example) == (7, -1.5, "what & why?", "white")
    assert (view.length, view.temperature, view.seed, view.where) == (96, 0.7, 3, "middle")


def test_a_concept_of_ones_own_is_kept_in_the_link(atlas):
    images = sorted(atlas.images)[:3]
    params = {"concept": ".".join(images), "word": "red & <b>round</b>", "keep": "1", "controls": "1"}
    view = read_steer(params, atlas)
    assert (view.concept, view.word, view.alpha) == (tuple(images), "red & <b>round</b>", 4.0)
    assert (view.range.low, view.range.high, view.keep_error, view.controls) == (-4.0, 8.0, False, False)
    page = str(steer_controls(atlas, view))
    assert f'<input type="hidden" name="concept" value="{params["concept"]}">' in page
    assert "red &amp; &lt;b&gt;round&lt;/b&gt;" in page
    assert words.CONCEPT in page
    assert 'name="id"' not in page
    assert "concept=&amp;word=" in page  # what leaves it: another neuron
    plain = str(steer_controls(atlas, read_steer({}, atlas)))
    assert words.CONCEPT not in plain
    assert "concept=" not in plain


@pytest.mark.parametrize("concept", ["x", "0" * 32, "../etc.passwd"])
def test_a_concept_of_other_images_is_refused(atlas, concept):
    with pytest.raises(UserError, match="is not one of this atlas"):
        read_steer({"concept": concept}, atlas)
