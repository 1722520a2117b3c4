"""Rows of the Image page: what is said of an activation, and heat-maps of two pictures in one scale."""

import base64
import io
import math

import numpy as np
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.operations.read import Reading, ReadNeuron
from explorer.ui.pages.image.fired import fired_list
from explorer.ui.pages.image.rows import heats, row, unusual


def fired(percentile: float = 50.0, images: int = 1234, patches: np.ndarray | None = None) -> ReadNeuron:
    return ReadNeuron(3, 2.0, percentile, images, patches)


@pytest.mark.parametrize(
    ("percentile", "said"),
    [
        (0.0, "stronger than on less than 1 % of its 1,234 images"),
        (1.0, "stronger than on 1 % of its 1,234 images"),
        (99.97, "stronger than on 99 % of its 1,234 images"),
        (100.0, "stronger than on any of its 1,234 images"),
        (math.nan, "fires on no image of the atlas"),
    ],
)
def test_how_unusual_in_words(percentile: float, said: str) -> None:
    assert unusual(fired(percentile)) == said


def opacity(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))[..., 3]


def test_two_heat_maps_have_one_scale() -> None:
    strong, weak = np.full((2, 2), 4.0), np.full((2, 2), 1.0)
    first, second, nothing = heats([strong, weak, None], 4.0)
    assert (opacity(first).min(), opacity(second).max()) == (255, round(255 * 0.25**0.6))
    assert nothing == ""
    assert heats([None, None], 1.0) == []


def test_a_neuron_on_the_second_picture_alone(atlas: Atlas) -> None:
    drawn = row(atlas, (None, fired(patches=np.eye(7))), strongest=4.0)
    assert [(bar.place, bar.width, bar.number) for bar in drawn.bars] == [("1", 0, "0"), ("2", 50, "2")]
    assert [bool(heat) for heat in drawn.heats] == [False, True]
    assert drawn.unusual == ""


def test_an_activation_that_no_sae_misses_says_nothing_of_it(atlas: Atlas) -> None:
    reading = Reading((fired(),), 1, None, None, None)
    assert "missed" not in fired_list(atlas, reading, (), None)
    missed = Reading((fired(),), 1, None, 0.75, np.full((7, 7), 0.25))
    assert "25 %, R² 0.75" in fired_list(atlas, missed, (), None)
    worse = Reading((fired(),), 1, None, -0.5, None)
    assert "150 %, R² −0.50" in fired_list(atlas, worse, (), None)


def test_a_region_says_how_large_it_is(atlas: Atlas) -> None:
    reading = Reading((), 0, None, None, None)
    drawn = fired_list(atlas, reading, (1, 2, 3), atlas.manifest.tap.grid)
    assert "Neurons of 3 of 49 patches" in drawn
    assert "No neuron fires in this region." in drawn
