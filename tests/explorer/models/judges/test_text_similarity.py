"""The judge by cosines: by hand on a reader of known directions, and on the built-in atlas against the exact judge."""

import tracemalloc

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.meaning_index import MeaningIndex, meanings_of
from explorer.atlas.meanings import Meanings
from explorer.errors import UserError
from explorer.models.judges.judge import Answer
from explorer.models.judges.text_similarity import SimilarityJudge, load_similarity_judge
from explorer.models.memory import held_bytes
from explorer.shipped import shipped

WAYS = {"north": (0.0, 1.0), "east": (1.0, 0.0), "north-east": (0.6, 0.8)}


class Compass:
    """A reader of three texts."""

    def directions(self, texts):
        return np.array([WAYS[text] for text in texts])


def compass() -> SimilarityJudge:
    """Neuron 0 means north, 1 has no images, 2 to 21 lie from east to north, neuron 21 one step before it."""
    angles = np.linspace(0, np.pi / 2, 21)[:-1]
    rows = [(0.0, 1.0), (0.0, 0.0), *zip(np.cos(angles), np.sin(angles), strict=True)]
    return SimilarityJudge(Compass(), MeaningIndex(Meanings(np.array(rows), np.zeros(2)), np.ones(22)))  # type: ignore[arg-type]


def answers(*texts, unsteered="east"):
    return [Answer("white", "", text, unsteered) for text in texts]


def test_it_says_what_it_is_nearest_to():
    judge = compass()
    assert judge.says(0, answers("north", "north-east", "east")) == [True, False, False]
    assert judge.says(21, answers("north")) == [True]  # farther than neuron 0 alone, nearer than 19 of 20
    assert judge.says(20, answers("north")) == [False]  # 18 of 20
    assert (judge.concept(0), judge.concept(1)) == ("its images", "")


def test_how_clearly_it_says_so():
    """North: neuron 21 is nearer than all of the 20 others but neuron 0. Of one prompt alone nothing is told."""
    assert compass().judged(21, answers("north")) == [(True, None, 19 / 20)]
    judge = compass()
    assert judge.judged(20, answers("north")) == [(False, None, 18 / 20)]
    found = judge.judged(20, answers("north", "east", "north", "east"))  # one of them is known
    assert [one.nearer for one in found] == [18 / 20, found[1].nearer, 18 / 20, found[1].nearer]
    assert found == compass().judged(20, answers("north", "east", "north", "east"))
    judge._reader = None  # type: ignore[assignment]  # asking it again would fail
    assert judge.judged(20, answers("east", "north")) == [found[1], found[0]]
    assert judge.judged(20, []) == []


def test_it_follows_what_it_is_nearest_to():
    two = [*answers("north-east", "north", unsteered="north"), *answers("east", "north", unsteered="east")]
    assert compass().followed(two) == [True, True, True, False]
    assert compass().kept(answers("north", unsteered="east")) == [True]  # there is no other


@pytest.fixture(scope="module")
def built_in():
    return Atlas(shipped("storybook/atlases/storybook-patches"))


def test_on_the_built_in_atlas_it_knows_its_kinds(built_in):
    judge = load_similarity_judge(built_in)
    kinds, named = ("bus", "cup", "butterfly", "moon", "apple", "umbrella", "turtle", "robot"), built_in.neurons
    neurons = [int(named.loc[named["name"] == kind, "name_score"].idxmax()) for kind in kinds]
    found = np.array([judge.says(neuron, answers(*(f"a red {kind}." for kind in kinds))) for neuron in neurons])
    assert found.diagonal().sum() >= 6
    assert found.sum() - found.diagonal().sum() <= 6  # of 56 others


def test_the_meanings_are_held_once_counted_and_not_copied(built_in):
    meanings, size = meanings_of(built_in), len(built_in) * built_in.manifest.search.model.width * 4
    judge = load_similarity_judge(built_in)
    assert judge._meanings is meanings
    assert held_bytes([judge]) == size
    judge.says(0, answers("a cat."))  # what is made once is made
    tracemalloc.start()
    judge.says(1, answers("a red bus."))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < size / 4


def test_an_atlas_without_meanings(atlas):
    with pytest.raises(UserError, match="keeps no meanings"):
        load_similarity_judge(atlas)
