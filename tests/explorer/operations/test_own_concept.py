"""Images of a concept of one's own: of the neurons that a search finds, in turn."""

import pytest

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.operations.browse import summarize
from explorer.operations.hits import Hit
from explorer.operations.own_concept import images_found
from explorer.operations.steer import Steering
from tests.making import Making, make_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    return Atlas(make_atlas(tmp_path_factory.mktemp("concepts"), Making(name="drawings")))


def test_images_in_turn(atlas):
    """The first of each of four neurons, then the second of each; a fifth neuron gives none, and no image comes twice."""
    numbers = [neuron for neuron in range(len(atlas)) if len(atlas.top_images(neuron, 16)) > 2][:5]
    hits = [Hit(summarize(atlas, number), "name", 1.0) for number in numbers]
    tops = [[top.image for top in atlas.top_images(number, 16)] for number in numbers[:4]]
    expected: list[str] = []
    for place in range(16):
        for images in tops:
            if place < len(images) and images[place] not in expected:
                expected.append(images[place])
    found = images_found(atlas, hits)
    assert found == tuple(expected[:16])
    assert len(found) > 4
    assert images_found(atlas, []) == ()


@pytest.mark.parametrize("fields", [{"concept": ("a",) * 17}, {"concept": ("a",), "also": ((2, 1.0),)}])
def test_a_concept_has_few_images_and_stands_alone(fields):
    with pytest.raises(UserError, match="concept is out of range: choose at most 16 images, alone"):
        Steering(1, 1.0, **fields).check()
