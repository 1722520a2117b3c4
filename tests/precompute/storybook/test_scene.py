"""Scenes by seed: always the same, all over the grammar, and held out where they should be."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import CONTAINERS, GROUPS, KINDS, ancestors
from precompute.storybook.sample import CLOSE_UP, CLOSE_UP_SHARE, MOST_THINGS, empty_scene, sample_scene
from precompute.storybook.scene import COUNTS, FLOATING, RELATIONS, SETTINGS, SIDE, SIZES, foot, is_held_out, scene_is_held_out
from precompute.storybook.truth import all_attributes, attributes, thing_attributes, things_with

SEEDS = st.integers(0, 2**31)
SPLITS = st.sampled_from(["train", "heldout"])


def test_the_world_is_as_large_as_promised():
    assert len(KINDS) >= 30
    assert len(COLOURS) == len(SETTINGS) == 10
    assert len({kind.plural for kind in KINDS.values()} | set(KINDS)) == 2 * len(KINDS)
    assert all(
        ancestors(kind)[0] == kind and ancestors(kind)[1] in GROUPS and ancestors(kind)[2] == "everything" for kind in KINDS
    )


@given(SEEDS, SPLITS)
def test_a_seed_is_one_scene_whatever_else_was_drawn(seed, split):
    first = sample_scene(seed, split)
    random.seed(seed)
    sample_scene(seed + 1, split)
    assert sample_scene(seed, split) == first


def test_seeds_and_splits_differ():
    scenes = {sample_scene(seed, split) for seed in range(300) for split in ("train", "heldout")}
    assert len(scenes) == 600


@given(SEEDS)
def test_training_never_sees_what_is_held_out(seed):
    assert not scene_is_held_out(sample_scene(seed))
    assert scene_is_held_out(sample_scene(seed, "heldout"))


def test_any_two_of_kind_colour_setting_are_seen_in_training():
    for kind in KINDS:
        for colour in COLOURS:
            assert sum(is_held_out(kind, colour, setting) for setting in SETTINGS) <= 1
        for setting in SETTINGS:
            assert sum(is_held_out(kind, colour, setting) for colour in COLOURS) <= 1


def is_close_up(scene):
    return any(thing.radius > 1.1 * SIZES["big"] for thing in scene.things)


def test_some_training_scenes_and_no_others_are_close_ups():
    near = [scene for scene in map(sample_scene, range(2000)) if is_close_up(scene)]
    assert len(near) / 2000 == pytest.approx(CLOSE_UP_SHARE, abs=0.025)
    for scene in near:
        (thing,) = scene.things
        assert CLOSE_UP[0] <= thing.radius <= CLOSE_UP[1]
        assert SIDE / 3 < thing.x < 2 * SIDE / 3
        assert SIDE / 3 < thing.y < 2 * SIDE / 3
    assert {scene.things[0].kind for scene in near} == set(KINDS)
    assert not any(is_close_up(sample_scene(seed, "heldout")) for seed in range(500))


def test_scenes_keep_the_grammar():
    for seed in range(400):
        scene = sample_scene(seed)
        assert scene.weather in SETTINGS[scene.setting]
        assert len(scene.things) <= MOST_THINGS
        assert len({(bunch.kind, bunch.colour) for bunch in scene.bunches}) == len(scene.bunches)
        assert all(bunch.count in COUNTS and bunch.size in SIZES for bunch in scene.bunches)
        for thing in () if is_close_up(scene) else scene.things:
            wide, tall = KINDS[thing.kind].wide * thing.radius, KINDS[thing.kind].tall * thing.radius
            assert wide <= thing.x <= SIDE - wide
            assert tall <= thing.y <= SIDE - tall
            stands = scene.setting not in FLOATING and not KINDS[thing.kind].flies and scene.relation != "in"
            assert not stands or foot(thing) > 76, "stands in the air"


def test_relations_are_so():
    seen = Counter()
    for seed in range(3000):
        scene = sample_scene(seed)
        if scene.relation is None:
            continue
        a, b = scene.bunches[0].things[0], scene.bunches[1].things[0]
        gap_x = abs(a.x - b.x) - (KINDS[a.kind].wide * a.radius + KINDS[b.kind].wide * b.radius)
        low_a, low_b = foot(a), foot(b)
        top_b = b.y - KINDS[b.kind].tall * b.radius
        so = {
            "above": low_a < top_b,
            "below": low_b < a.y - KINDS[a.kind].tall * a.radius,
            "beside": gap_x > 0 and abs(low_a - low_b) < 4,
            "in front of": gap_x < 0 and low_a > low_b + 5,
            "behind": gap_x < 0 and low_a < low_b - 5,
            "in": b.kind in CONTAINERS and top_b < low_a < low_b and abs(a.x - b.x) < b.radius / 2,
        }
        assert so[scene.relation], (seed, scene.relation)
        seen[scene.relation] += 1
    assert set(seen) == set(RELATIONS)
    assert min(seen.values()) > 15


def test_wrong_names_are_refused():
    with pytest.raises(ValueError, match="heldout"):
        sample_scene(1, "validation")
    with pytest.raises(ValueError, match="beach"):
        empty_scene(1, "moon")
    with pytest.raises(ValueError, match="desert"):
        empty_scene(1, "desert", "rainy")


@given(SEEDS, SPLITS)
def test_attributes_are_the_scene_s(seed, split):
    scene = sample_scene(seed, split)
    said = attributes(scene)
    assert said <= set(all_attributes())
    assert {f"kind:{thing.kind}" for thing in scene.things} == {name for name in said if name.startswith("kind:")}
    assert {f"thing:{b.colour} {b.kind}" for b in scene.bunches} == {name for name in said if name.startswith("thing:")}
    assert {f"count:{n}" for n in Counter((t.kind, t.colour) for t in scene.things).values()} == {
        n for n in said if n.startswith("count:")
    }
    for bunch in scene.bunches:
        which = things_with(scene, f"thing:{bunch.colour} {bunch.kind}")
        assert {scene.things[i] for i in which} == set(bunch.things)
    assert len(thing_attributes(scene)) == len(scene.things)


def test_no_attribute_is_listed_twice():
    assert len(set(all_attributes())) == len(all_attributes())
