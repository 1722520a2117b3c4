"""Pictures against the truth they come with."""

from dataclasses import replace

import numpy as np
import pytest

from precompute.storybook.colours import COLOURS
from precompute.storybook.draw.render import render
from precompute.storybook.draw.shapes import outward, oval, poly
from precompute.storybook.kinds import KINDS
from precompute.storybook.sample import empty_scene, sample_scene
from precompute.storybook.scene import SETTINGS
from tests.precompute.storybook.making import colour_shares, lone


def test_the_same_seed_is_the_same_bytes_and_another_is_not():
    pictures = [render(sample_scene(seed)).image.tobytes() for seed in range(20)]
    again = [render(sample_scene(seed)).image.tobytes() for seed in reversed(range(20))]
    assert pictures == again[::-1]
    assert len(set(pictures)) == 20


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_masks_tell_every_thing_apart(split):
    for seed in range(120):
        scene = sample_scene(seed, split)
        image, masks = render(scene)
        assert image.shape == (128, 128, 3)
        assert image.dtype == np.uint8
        assert masks.shape == (sum(bunch.count for bunch in scene.bunches), 128, 128)
        assert masks.sum(axis=0).max(initial=0) <= 1, "two things claim a pixel"
        for thing, mask in zip(scene.things, masks, strict=True):
            whole = 4 * KINDS[thing.kind].wide * KINDS[thing.kind].tall * thing.radius**2
            assert mask.sum() > max(60, 0.2 * whole), (seed, thing)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_thing_is_mostly_of_its_colour(kind):
    for colour in COLOURS:
        image, masks = render(lone(kind, colour))
        shares = colour_shares(image, masks[0])
        assert max(shares, key=shares.get) == colour, (colour, shares)


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_every_colour_stands_out_everywhere(setting):
    """The rim of a thing differs from the ground just outside it, in every weather."""
    for weather in SETTINGS[setting]:
        bare = render(empty_scene(1, setting, weather)).image.astype(float)
        for colour in COLOURS:
            image, masks = render(lone("ball", colour, setting, weather))
            apart = np.abs(image.astype(float) - bare)[masks[0]].max(axis=1)
            assert np.median(apart) > 20, (weather, colour)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_drawing_is_as_large_as_its_kind_says(kind):
    ys, xs = np.nonzero(render(lone(kind, "red")).masks[0])
    assert np.ptp(xs) + 1 == pytest.approx(48 * KINDS[kind].wide, abs=5)
    assert np.ptp(ys) + 1 == pytest.approx(48 * KINDS[kind].tall, abs=5)


def test_flipping_mirrors_the_mask():
    scene = lone("snail", "green")
    thing = scene.bunches[0].things[0]
    bunch = replace(scene.bunches[0], things=(replace(thing, flip=True),))
    turned = replace(scene, bunches=(bunch,))
    plain, other = render(scene).masks[0], render(turned).masks[0]
    assert (plain[:, ::-1] != other).mean() < 0.002
    assert (plain != other).mean() > 0.01


def test_what_is_in_a_cup_hides_its_back_and_not_its_front():
    scene = next(s for s in map(sample_scene, range(5000)) if s.relation == "in" and s.bunches[1].kind == "cup")
    inner, outer = (scene.things.index(bunch.things[0]) for bunch in scene.bunches[:2])
    alone = render(replace(scene, bunches=scene.bunches[1:2], relation=None)).masks[0]
    masks = render(scene).masks
    covered = alone & masks[inner]
    assert covered.any()
    rows = np.nonzero(covered.any(axis=1))[0]
    assert rows.max() < np.nonzero(masks[outer].any(axis=1))[0].max() - 10


def test_outlines_grow_outwards_whichever_way_they_run():
    square = poly((0, 0), (1, 0), (1, 1), (0, 1))
    for shape in (square, square[::-1]):
        grown = shape + 0.5 * outward(shape)
        assert grown.min() == pytest.approx(-0.5)
        assert grown.max() == pytest.approx(1.5)
    circle = oval(0, 0, 1)
    assert np.linalg.norm(circle + 0.1 * outward(circle), axis=1) == pytest.approx(1.1, abs=0.01)
