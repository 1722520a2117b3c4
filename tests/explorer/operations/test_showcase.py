"""The showcase: the neuron that steers best and is most monosemantic, of those whose word is meant."""

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.showcase import showcase
from tests.making import Making, make_atlas


@pytest.fixture
def atlas(tmp_path) -> Atlas:
    atlas = Atlas(make_atlas(tmp_path, Making(neurons=6, dead=0, levels=1)))
    atlas.neurons["ms_dinov2-drawn"] = np.float32([0.9, 0.6, 0.5, 0.8, 0.7, 0.1])
    return atlas


@pytest.mark.parametrize(
    ("steerability", "steers", "names", "expected"),
    [
        ([0.5, 0.9, 1.0, 0.4, np.nan, 1.0], ["a"] * 6, [""] * 6, 1),  # .45, .54, .5, too little, untried, .1
        (
            [0.5, 0.9, 1.0, 0.4, np.nan, 1.0],
            ["see", "see", "cherries", "", "", "see"],
            ["cup", "cup", "cherry", "", "", "sea"],
            2,
        ),
        (
            [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
            ["cars", "bus", "trains", "x", "boat", "y"],
            ["carpet", "buses", "train", "", "coat", ""],
            1,
        ),
    ],
)
def test_the_best_of_those_whose_word_is_meant(atlas, steerability, steers, names, expected):
    atlas.neurons["steerability"] = np.float32(steerability)
    atlas.neurons["steers"], atlas.neurons["name"] = steers, names
    shown = showcase(atlas)
    assert shown is not None
    assert (shown.neuron.neuron, shown.says) == (expected, steers[expected])
    assert shown.share == pytest.approx(steerability[expected])
    others = [other for other in (0, 3, 4, 1, 2, 5) if other != expected]  # by MS
    alike = {"cherries": {"cherry"}, "bus": {"buses"}}.get(steers[expected], {steers[expected]})
    tried = next(other for other in others if names[other] not in alike)
    assert shown.try_on == atlas.top_images(tried, 1)[0].image
    assert [image.image for image in shown.images] == [top.image for top in atlas.top_images(expected, 8)]


def test_where_nobody_has_tried_it_is_the_best(atlas):
    shown = showcase(atlas)
    assert shown is not None
    assert (shown.neuron.neuron, shown.says, shown.share, shown.model) == (0, "", None, "")


def test_of_dead_neurons_there_is_none(atlas):
    atlas.neurons["ms_dinov2-drawn"] = np.float32(np.nan)
    assert showcase(atlas) is None
