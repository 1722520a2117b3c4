"""Neighbours and near-duplicates: against numbers that were put there, and the obvious way."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.indexes import concepts_of, directions_of
from explorer.operations.neighbours import SAME_DIRECTION, SAME_IMAGES, Duplicate, neighbours
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlas"), Making(dead=0)))


def beside(atlas: Atlas, neuron: int, **values: list[float]) -> Atlas:
    """The atlas, with other neighbours of one neuron on record."""
    changed = Atlas(atlas.directory)
    for column, value in values.items():
        changed.neurons[column] = changed.neurons[column].astype(object)
        changed.neurons.at[neuron, column] = np.array(value)
    return changed


def test_nearest_by_images_is_the_cosine_of_the_concepts(atlas):
    concepts = concepts_of(atlas).vectors()
    for number in (0, 7, 63):
        cosines = concepts @ concepts[number]
        expected = [other for other in np.argsort(-cosines).tolist() if other != number][:8]
        found = neighbours(atlas, number).nearest_by_images
        assert [near.neuron for near in found] == expected
        assert [near.share for near in found] == pytest.approx(cosines[expected].tolist(), abs=1e-5)


def test_a_neuron_without_images_has_no_neighbours_by_images(atlas, monkeypatch):
    monkeypatch.setattr("explorer.atlas.search.VectorIndex.vector", lambda self, row: np.zeros(16, np.float32))
    assert neighbours(atlas, 7).nearest_by_images == ()


def test_near_duplicates_are_near_by_direction_or_by_images(atlas):
    changed = beside(
        atlas,
        7,
        nearest=[1, 2, 3],
        nearest_cosine=[0.95, SAME_DIRECTION, SAME_DIRECTION - 0.01],
        cofiring=[1, 4, 5],
        cofiring_share=[0.9, SAME_IMAGES + 0.01, SAME_IMAGES],
    )
    assert set(neighbours(changed, 7).duplicates) == {
        Duplicate(1, 0.95, 0.9),
        Duplicate(2, SAME_DIRECTION, None),
        Duplicate(4, None, SAME_IMAGES + 0.01),
    }


def test_an_index_is_opened_once(atlas):
    assert concepts_of(atlas) is concepts_of(atlas)
    assert directions_of(atlas) is not concepts_of(atlas)
    assert np.allclose(directions_of(atlas).vector(3), directions_of(atlas).vectors()[3])
