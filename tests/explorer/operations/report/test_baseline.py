"""SAE neurons against the original dimensions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.operations.report.baseline import above_baseline, compare
from tests.precompute.making import BUILT_IN

NAN = float("nan")
scores = st.lists(st.sampled_from([-0.2, 0.0, 0.1, 0.3, 0.5, 0.9]), min_size=1, max_size=12)


def test_by_hand_as_many_neurons_as_dimensions():
    """Living .5 .4 .2 .1 against .6 .3 .2 .1, mean .3: above it two; above .6 none; rank by rank only .4 > .3."""
    found = compare(np.array([0.1, 0.5, NAN, 0.2, 0.4]), np.array([0.2, 0.6, 0.1, 0.3]))
    assert found == (4, 0.5, 0.0, 0.25)


def test_by_hand_twice_as_many_neurons():
    """.9 .5 | .3 .2 stand against .6 | .2, two on each: .9 and .3 are above, .5 is not, .2 is equal and so not above."""
    assert compare(np.array([0.2, 0.3, 0.5, 0.9]), np.array([0.2, 0.6, NAN]))[3] == 0.5


@given(scores, st.integers(1, 4))
def test_ranks_of_a_multiple_are_blocks(ms, times):
    """×k: each original dimension meets k neurons; the originals k times over are never beaten by themselves."""
    assert compare(np.repeat(ms, times), np.array(ms))[3] == 0
    above = np.repeat(ms, times) + 0.01
    assert compare(above, np.array(ms))[3] == 1


@given(scores, scores)
def test_same_rank_is_read_off_the_curves(ms, original):
    ms, original = sorted(ms, reverse=True), sorted(original, reverse=True)
    above = 0
    for i, value in enumerate(ms):
        place = 0
        while (place + 1) * 2 * len(ms) <= (2 * i + 1) * len(original):  # the step of the originals' curve above (i + ½) / n
            place += 1
        above += value > original[place]
    assert compare(np.array(ms), np.array(original))[3] == above / len(ms)


def test_where_nothing_lives():
    assert compare(np.array([NAN]), np.array([0.1]))[0] == 0
    assert np.isnan(compare(np.array([NAN]), np.array([0.1]))[1:]).all()
    assert np.isnan(compare(np.array([0.1]), np.array([NAN]))[1:]).all()


def test_only_a_baseline_of_the_same_making_fits():
    """storybook-patches reads another tap than the baseline; a baseline is not held against itself."""
    atlases = {name: Atlas(BUILT_IN / name) for name in ("storybook", "storybook-patches", "storybook-baseline")}
    table = above_baseline(list(atlases.values()))
    es = atlases["storybook"].similarities
    assert table["atlas"].tolist() == ["storybook"] * len(es)
    assert table["similarity"].tolist() == es
    assert table["baseline"].unique().tolist() == ["storybook-baseline"]
    often = np.round(12000 * atlases["storybook"].neurons["density"].to_numpy(float)) >= 16
    ms, original = np.where(often, atlases["storybook"].ms(), NAN), atlases["storybook-baseline"].ms()
    assert table["above_mean"].tolist()[0] == pytest.approx((ms > original.mean()).sum() / np.isfinite(ms).sum())


def test_no_baseline_no_rows():
    table = above_baseline([Atlas(BUILT_IN / "storybook")])
    assert table.empty
    assert "above_same_rank" in table
