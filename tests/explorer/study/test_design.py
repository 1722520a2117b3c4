import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.study.design import SHOWN, Candidate, Pair, Rules, Study, bin_width, candidates, design
from explorer.study.plan import from_json, to_json
from tests.making import Making, make_atlas

BUILT_IN = Path(__file__).resolve().parents[3] / "assets" / "storybook" / "atlases"


@pytest.fixture(scope="module")
def atlases(tmp_path_factory):
    other = make_atlas(tmp_path_factory.mktemp("study"), Making(name="other", similarities=("another",)))
    return [Atlas(BUILT_IN / name) for name in ("storybook", "storybook-batchtopk")] + [Atlas(other)]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_pairs_are_two_different_living_neurons_that_fill_a_grid(atlases, seed):
    study = design(atlases, seed)
    by_name = {atlas.name: atlas for atlas in atlases}
    shown = [candidate for pair in study.pairs for candidate in (pair.first, pair.second)]
    assert len({(c.atlas, c.neuron) for c in shown}) == len(shown) == 2 * len(study.pairs)
    for candidate in shown:
        atlas = by_name[candidate.atlas]
        assert atlas.ms(study.similarity)[candidate.neuron] == pytest.approx(candidate.ms, abs=1e-6)
        assert atlas.fires_on()[candidate.neuron] >= SHOWN
    assert {c.atlas for c in shown} == {"storybook", "storybook-batchtopk"}  # the third has MS by another encoder
    assert [pair.number for pair in study.pairs] == list(range(len(study.pairs)))


def test_differences_are_spread_alike_over_their_bins(atlases):
    study = design(atlases, 3, count=24)
    width = bin_width(max(pair.difference for pair in study.pairs))
    counts = Counter(int(pair.difference / width) for pair in study.pairs)
    assert len(study.pairs) == 24
    assert len(counts) >= 4
    assert max(counts.values()) <= 24 // 3  # by lot alone, most would be in the first
    assert counts[0] >= counts[max(counts)]  # small differences never run out


@pytest.mark.parametrize(("most", "width"), [(0.9, 0.1), (0.3, 0.1), (0.29, 0.05), (0.12, 0.02), (0.001, 0.005), (0.0, 0.005)])
def test_bins_are_the_paper_s_unless_ms_hardly_differs(most, width):
    assert bin_width(most) == width


def test_the_same_seed_is_the_same_study_and_another_is_another(atlases):
    assert design(atlases, 1) == design(atlases, 1) == design(atlases[::-1], 1)
    assert design(atlases, 1).pairs != design(atlases, 2).pairs


def test_no_atlas_or_no_fit_neuron_gives_no_pairs(tmp_path, atlases):
    assert design([]).pairs == ()
    few = Atlas(make_atlas(tmp_path, Making(name="few", neurons=9, dead=8, levels=1)))
    assert design([few]).pairs == ()


def _study(count):
    pairs = tuple(Pair(i, Candidate("a", 2 * i, 0.5), Candidate("a", 2 * i + 1, 0.1)) for i in range(count))
    return Study("dino", pairs)


def test_sides_are_by_lot_and_swapped_in_a_repeat():
    study = _study(40)
    lefts = [study.left(f"p{i}", pair.number, "pair") for i in range(50) for pair in study.pairs]
    assert np.mean([side == "first" for side in lefts]) == pytest.approx(0.5, abs=0.04)
    assert lefts[:40] == [study.left("p0", pair.number, "pair") for pair in study.pairs]
    assert all(study.left("p0", n, "repeat") != side for n, side in enumerate(lefts[:40]))


def test_gold_and_practice_differ_most_and_are_asked_of_nobody_else(atlases):
    study = design(atlases, 0, count=30, gold=2, practice=3)
    kinds = Counter(pair.kind for pair in study.pairs)
    assert kinds == {"pair": 30, "gold": 2, "practice": 3}
    least = min(pair.difference for pair in (*study.of_kind("gold"), *study.of_kind("practice")))
    assert least > np.quantile([pair.difference for pair in study.of_kind("pair")], 0.9)
    shown = [(side.atlas, side.neuron) for pair in study.pairs for side in (pair.first, pair.second)]
    assert len(set(shown)) == len(shown)


def test_where_neurons_are_few_each_comes_in_as_few_pairs_as_can_be_and_no_pair_twice(atlases):
    study = design(atlases[:1], 0, count=600)
    uses = Counter((side.atlas, side.neuron) for pair in study.pairs for side in (pair.first, pair.second))
    living = len(candidates(atlases[0], study.similarity))
    assert len(study.pairs) > living / 2
    assert max(uses.values()) <= -(-2 * 600 // living)
    assert len({frozenset((pair.first.neuron, pair.second.neuron)) for pair in study.pairs}) == len(study.pairs)


def test_a_plan_comes_back_equal(atlases):
    study = design(atlases, 5, count=9, name="nine", rules=Rules(answers=None, back=True), gold=1)
    assert from_json(to_json(study)) == study
    assert set(study.atlases) == {"storybook", "storybook-batchtopk"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "x"}, "format"),
        ({"name": "Two Words"}, "name"),
        ({"name": "<script>"}, "name"),
        ({"pairs": []}, "no pairs"),
        ({"atlases": {}}, "fingerprint"),
        ({"rules": {"each": 0}}, "each"),
        ({"rules": {"consent": "../../etc/passwd"}}, "consent"),
        ({"seed": "many"}, "seed"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(atlases, change, said):
    plan = json.loads(to_json(design(atlases, 5, count=9, name="nine")))
    with pytest.raises(UserError, match=said):
        from_json(json.dumps(plan | change))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000])
def test_what_is_no_plan_is_refused(text):
    with pytest.raises(UserError, match="file"):
        from_json(text)
