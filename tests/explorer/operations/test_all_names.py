"""The names of all neurons at once: those that are given one by one, and which words they say."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.all_names import AllNames, all_names, named, words_of
from explorer.operations.names import neuron_name
from tests.making import make_atlas
from tests.precompute.making import BUILT_IN


@pytest.mark.parametrize("name", ["storybook", "storybook-patches"])
def test_they_are_the_names_given_one_by_one(name):
    atlas = Atlas(BUILT_IN / name)
    names = all_names(atlas)
    sources = set()
    for neuron in range(len(atlas)):
        one = neuron_name(atlas, neuron)
        sources.add(one.source)
        words = frozenset() if one.source in ("none", "mixed label") else frozenset(words_of(one.name))
        assert names.names[names.of_neuron[neuron]] == words
        assert names.sure[neuron] == pytest.approx(min(1, one.score or 0) if words else 0)
    assert {"images", "mixed label"} <= sources


def test_a_curators_name_wins(tmp_path):
    directory = make_atlas(tmp_path)
    (directory / "names.csv").write_text("neuron,name\n3,old harbour\n", encoding="utf-8")
    atlas = Atlas(directory)
    assert np.flatnonzero(named(all_names(atlas), ["harbour"])).tolist() == [3]
    assert named(all_names(atlas), ["harbour"])[3] == 1


def test_words_of_anything():
    assert words_of("A Red-Hot  <b>boat's</b> 🚤 {{7*7}}\n") == ["a", "red-hot", "b", "boat's", "b", "7", "7"]
    assert words_of("…!? <|> __") == []


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        (["boat"], [0, 1]),
        (["boats"], [0, 1]),
        (["the", "boat"], [0, 1]),
        (["boat", "red"], [1]),
        (["sail"], [2]),  # begins so
        (["sa"], []),  # too little of a word
        (["oat"], []),  # within a word
        (["bus"], [3]),  # no plural of bu
        (["glass"], [4]),
        (["glas"], [4]),
        (["water"], []),
    ],
)
def test_a_name_must_say_every_word(asked, which):
    said = [frozenset(name.split()) for name in ("", "boat", "red boats", "sailing ship", "bus", "glass")]
    names = AllNames(said, np.array([1, 2, 3, 4, 5, 0]), np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0], np.float32))
    sure = named(names, asked)
    assert np.flatnonzero(sure).tolist() == which
    assert np.array_equal(sure[which], names.sure[which])
