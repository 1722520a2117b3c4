"""Search among meanings: by hand, and against the formula written out; what is damaged is named."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import MEANINGS
from explorer.atlas.meaning_index import MeaningIndex, meanings_of
from explorer.atlas.meanings import Meanings, read_meanings
from explorer.errors import UserError
from tests.making import Making, make_atlas

EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def index(rows, fires_on):
    return MeaningIndex(Meanings(np.array(rows, np.float16), np.zeros(2, np.float16)), np.array(fires_on, float))


def test_a_neuron_of_few_images_counts_for_less():
    """Three neurons that mean the same, of 12, 5 and 0 images: cosine 1 times √(12/16) and √(5/9); the last has none."""
    found = index([[1, 0], [1, 0], [0, 0], [0.6, 0.8]], [5, 12, 0, 12]).nearest(EAST, 4)
    assert [neuron for neuron, _ in found] == [1, 0, 3]
    assert [score for _, score in found] == pytest.approx([(12 / 16) ** 0.5, (5 / 9) ** 0.5, 0.6 * (12 / 16) ** 0.5], abs=1e-3)


def test_only_among_those_asked_for():
    meanings = index([[1, 0], [0, 1], [0, 0], [0.6, 0.8]], [9, 9, 9, 9])
    assert [neuron for neuron, _ in meanings.nearest(NORTH, 4, np.array([0, 2, 3]))] == [3, 0]
    assert meanings.nearest(NORTH, 2, np.array([2])) == []


def test_cosines_take_nothing_off_for_few_images():
    found = index([[1, 0], [0, 0], [0.6, 0.8]], [1, 0, 500]).cosines(np.array([[0.0, 1.0], [0.8, 0.6]], np.float32))
    np.testing.assert_allclose(found, [[0, 0, 0.8], [0.8, 0, 0.96]], atol=1e-3)  # the meanings have half precision


def test_a_direction_of_another_width_is_refused():
    with pytest.raises(Unfit, match="width 2, their model gives 3"):
        index([[1, 0]], [9]).nearest(np.ones(3, np.float32), 1)


@pytest.fixture(scope="module")
def meant(tmp_path_factory) -> Atlas:
    return Atlas(make_atlas(tmp_path_factory.mktemp("meant"), Making(meanings=12)))


def test_the_meanings_of_an_atlas_are_searched_as_the_formula_says(meant):
    rows = read_meanings(meant.directory / MEANINGS, len(meant), 12).neurons.astype(np.float64)
    asked = np.random.default_rng(0).normal(size=12)
    asked /= np.linalg.norm(asked)
    n = meant.fires_on()
    scores = rows @ asked * np.sqrt(n / (n + 4))
    found = meanings_of(meant).nearest(asked.astype(np.float32), len(meant))
    assert sorted(neuron for neuron, _ in found) == np.flatnonzero(rows.any(1)).tolist()
    assert np.allclose([score for _, score in found], np.sort(scores[rows.any(1)])[::-1], atol=1e-5)
    assert np.allclose([score for _, score in found], [scores[neuron] for neuron, _ in found], atol=1e-5)


def test_damaged_meanings_are_named(tmp_path):
    atlas = Atlas(make_atlas(tmp_path, Making(meanings=12)))
    data = bytearray((atlas.directory / MEANINGS).read_bytes())
    data[-1] ^= 1
    (atlas.directory / MEANINGS).write_bytes(data)
    with pytest.raises(UserError, match=r"meanings\.safetensors is damaged"):
        meanings_of(atlas)
