"""Scenes like photographs, and the same things seen again."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.storybook.draw.render import render
from precompute.storybook.photographs import EMPTY, NEAR, ONE, SEVERAL, TWO_KINDS, photograph, seen_again
from precompute.storybook.sample import sample_scene
from precompute.storybook.scene import SETTINGS, SIDE, Scene, scene_is_held_out
from precompute.storybook.truth import attributes

SEEDS = st.integers(0, 2**31)
MANY = [photograph(seed) for seed in range(2000)]


def sort_of(scene: Scene) -> str:
    kinds = {thing.kind for thing in scene.things}
    return {0: "empty", 1: "one" if len(scene.things) == 1 else "several", 2: "two kinds"}[len(kinds)]


@given(SEEDS)
def test_a_seed_has_one_photograph_with_a_known_truth(seed):
    scene = photograph(seed)
    assert scene == photograph(seed) == sample_scene(seed, "photo")
    assert sample_scene(seed, "again") == seen_again(seed) != scene
    assert not scene_is_held_out(scene)
    assert scene.weather in SETTINGS[scene.setting]
    assert f"setting:{scene.setting}" in attributes(scene)


def test_the_sorts_of_scenes_have_their_shares():
    shares = Counter(map(sort_of, MANY))
    for sort, percent in {"one": ONE, "several": SEVERAL, "two kinds": TWO_KINDS, "empty": EMPTY}.items():
        assert shares[sort] / len(MANY) == pytest.approx(percent / 100, abs=0.04)


def test_a_single_thing_is_near_and_wholly_inside():
    for scene in (scene for scene in MANY if sort_of(scene) == "one"):
        (thing,) = scene.things
        assert NEAR[0] <= thing.radius <= NEAR[1]
        assert scene.bunches[0].size == "big"
    masks = [render(scene).masks[0] for scene in MANY[:60] if sort_of(scene) == "one"]
    assert np.mean([mask.mean() for mask in masks]) > 0.15  # of the image; 0.03 for the small things of other scenes
    edges = [mask[[0, -1]].sum() + mask[:, [0, -1]].sum() for mask in masks]
    assert np.mean([edge > 0.1 * SIDE for edge in edges]) < 0.1


@given(SEEDS)
def test_the_same_kinds_are_seen_again(seed):
    first, second = photograph(seed), seen_again(seed)
    assert {thing.kind for thing in first.things} == {thing.kind for thing in second.things}
    assert not scene_is_held_out(second)
    if not first.things:
        assert second.setting == first.setting


def test_colour_and_setting_differ_in_some_of_the_second_views():
    pairs = [(photograph(seed), seen_again(seed)) for seed in range(2000)]
    shown = [(a, b) for a, b in pairs if a.things]
    other_setting = np.mean([a.setting != b.setting for a, b in shown])
    other_colour = np.mean([{t.colour for t in a.things} != {t.colour for t in b.things} for a, b in shown])
    assert other_setting == pytest.approx(0.67, abs=0.04)
    assert 0.5 <= other_colour <= 0.6  # half, and those whose colour would be held out in the new setting
