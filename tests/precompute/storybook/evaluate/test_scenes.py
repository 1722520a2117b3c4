"""Fresh scenes are what Storybook draws, and their truth is Storybook's."""

import numpy as np

from precompute.storybook.__main__ import SCORED, TRAINED
from precompute.storybook.draw.render import render
from precompute.storybook.evaluate.scenes import ATTRIBUTES, FIRST_SEED, draw_scenes, family
from precompute.storybook.sample import sample_scene
from precompute.storybook.truth import attributes, things_with


def test_they_are_drawn_and_told_as_they_are(scenes):
    for number in range(12):
        scene = sample_scene(FIRST_SEED + number, "photo")
        drawn = render(scene)
        assert np.array_equal(scenes.images[number], drawn.image)
        assert {ATTRIBUTES[a] for a in np.flatnonzero(scenes.truth[number])} == attributes(scene)
        start, stop = scenes.starts[number : number + 2]
        assert stop - start == len(scene.things)
        for thing, mask in enumerate(drawn.masks):
            assert np.array_equal(scenes.covers[number] == thing + 1, mask)
        for a in np.flatnonzero(scenes.truth[number]):
            assert tuple(np.flatnonzero(scenes.things[start:stop, a])) == things_with(scene, ATTRIBUTES[a])


def test_two_workers_draw_the_same(scenes):
    few = draw_scenes(20, workers=2)
    assert np.array_equal(few.images, scenes.images[:20])
    assert np.array_equal(few.starts, scenes.starts[:21])


def test_no_atlas_has_seen_them():
    assert max(SCORED.stop, TRAINED.stop) <= FIRST_SEED


def test_families():
    assert family("thing:red boat") == "thing"
    families = dict.fromkeys(family(a) for a in ATTRIBUTES)
    assert list(families) == ["setting", "weather", "relation", "count", "size", "group", "colour", "kind", "thing"]
