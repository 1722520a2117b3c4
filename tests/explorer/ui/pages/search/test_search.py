"""The Search page: what its address asks for, and what it says of what was found."""

import pytest

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.browse import summarize
from explorer.operations.hits import Found, Hit
from explorer.operations.search import search_neuron, search_text
from explorer.ui.pages.search import words
from explorer.ui.pages.search.results import results, suggestions
from explorer.ui.pages.search.view import View, read_view
from tests.conftest import HOSTILE
from tests.precompute.making import BUILT_IN


@pytest.mark.parametrize(
    ("params", "view"),
    [
        ({}, View()),
        ({"q": "  red \n boat "}, View("red boat")),
        ({"q": "#12"}, View(neuron=12)),
        ({"q": "#12345678901"}, View("#12345678901")),
        ({"q": "# 12"}, View("# 12")),
        ({"q": "12"}, View("12")),
        ({"neuron": "7", "q": "boat"}, View(neuron=7)),
        ({"neuron": "-7", "q": "boat"}, View("boat")),
        ({"neuron": "7", "image": "abc", "q": "boat"}, View(image="abc")),
    ],
)
def test_an_address_asks_for_one_thing(params, view):
    assert read_view(params) == view


@pytest.fixture(scope="module")
def storybook() -> Atlas:
    return Atlas(BUILT_IN / "storybook")


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


def test_cards_stand_in_groups_with_their_reason(storybook, pool):
    shown = results(storybook, search_text(pool, storybook, "boat"), "“boat”")
    assert shown.count('class="found-group"') == 2
    assert shown.index(words.GROUPS["name"][0]) < shown.index(words.GROUPS["meaning"][0])
    assert shown.count('class="hit"') == 24
    assert "24 neurons for “boat”" in shown
    assert shown.count("nearness 0.") == 12


def test_images_found_are_steered_by_where_a_model_is_set_and_there_are_some(library):
    atlas = library.atlases["drawings"]
    alive, dead = (Found((Hit(summarize(atlas, number), "name", 1.0),), False) for number in _alive_and_dead(atlas))
    assert words.STEER in results(atlas, alive, "“boat”", steers=True)
    assert words.STEER not in results(atlas, alive, "“boat”")
    assert words.STEER not in results(atlas, dead, "“boat”", steers=True)


def _alive_and_dead(atlas: Atlas) -> tuple[int, int]:
    shown = [bool(atlas.top_images(neuron, 1)) for neuron in range(len(atlas))]
    return shown.index(True), shown.index(False)


def test_neighbours_of_a_neuron(storybook):
    shown = results(storybook, search_neuron(storybook, 7), "neuron #0007")
    assert words.GROUPS["direction"][0] in shown
    assert words.GROUPS["images"][0] in shown
    assert words.NAMES_ALONE not in shown


def test_what_was_not_searched_is_told(storybook, pool, library):
    red = results(storybook, search_text(pool, storybook, "red and round"), "“red and round”")
    assert "never taught “round”" in red
    nothing = results(storybook, search_text(pool, storybook, "zeppelin airship"), "“zeppelin airship”")
    assert "never taught “zeppelin”, “airship”" in nothing
    assert words.NOTHING in nothing
    assert 'class="suggestion"' in nothing  # a way on
    assert words.NAMES_ALONE in results(library.atlases["plain"], Found((), False), "“boat”")


def test_hostile_words_and_labels_are_escaped(storybook, library):
    for text in HOSTILE:
        assert "<script" not in results(storybook, Found((), True, (text,)), text)
    atlas = library.atlases["drawings"]
    assert "<script" not in suggestions(atlas)
    assert "<script" not in results(atlas, search_text(ModelPool(), atlas, "script alert 1"), "“script”")
