"""Intervals: against the bootstrap itself, by hand, and by how often they hold the truth of simulated studies."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from explorer.study.analysis.interval import NOTHING, share_of_answers, share_of_pairs, wilson
from explorer.study.analysis.votes import Votes

Z = 1.959964


def everybody(agrees: np.ndarray) -> Votes:
    """Votes of raters (columns) who all answered all pairs (rows)."""
    pairs, raters = agrees.shape
    return Votes(np.repeat(np.arange(pairs), raters), np.tile(np.arange(raters), pairs), agrees.ravel(), np.zeros(pairs))


def simulated(rng: np.random.Generator, pairs: int, people: int) -> np.ndarray:
    """Easy and hard pairs, and raters of whom some are better: P = logistic(3.5 |ΔMS| + pair + rater)."""
    easy = 3.5 * rng.uniform(0, 0.9, pairs) + rng.normal(0, 1, pairs)
    return rng.random((pairs, people)) < 1 / (1 + np.exp(-(easy[:, None] + rng.normal(0, 0.3, people))))


def test_wilson_is_the_textbook_s():
    assert wilson(0.8, 10, Z) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5, Z)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(1, 5, Z)[1] == pytest.approx(1, abs=1e-12)


def test_of_nothing_there_is_no_interval():
    nobody = everybody(np.zeros((0, 0), bool))
    assert share_of_pairs(nobody) == share_of_answers(nobody) == NOTHING


def test_where_all_agree_the_interval_has_a_width():
    found = share_of_pairs(everybody(np.ones((6, 3), bool)))
    assert (found.share, found.count) == (1, 6)
    assert 0.4 < found.low < 0.8
    assert found.high == pytest.approx(1)


@pytest.mark.parametrize("count", [share_of_pairs, share_of_answers])
def test_one_rater_s_intervals_are_as_wide_as_the_bootstrap_s(count):
    """With one rater only pairs vary, which a bootstrap of the pairs shows directly."""
    agrees = np.random.default_rng(1).random((400, 1)) < 0.7
    found = count(everybody(agrees))
    drawn = bootstrap((agrees[:, 0].astype(float),), np.mean, n_resamples=4000, rng=np.random.default_rng(0), method="percentile")
    low, high = drawn.confidence_interval
    assert (found.low, found.high) == (pytest.approx(low, abs=0.008), pytest.approx(high, abs=0.008))


def test_answers_on_one_pair_that_are_alike_do_not_count_as_many():
    """Ten raters who always answer alike are worth one."""
    one = np.random.default_rng(2).random((200, 1)) < 0.7
    alone, copied = share_of_answers(everybody(one)), share_of_answers(everybody(np.repeat(one, 10, axis=1)))
    assert copied.high - copied.low == pytest.approx(alone.high - alone.low, rel=0.02)


def test_raters_who_differ_widen_the_interval():
    pairs = 300
    alike = np.random.default_rng(3).random((pairs, 4)) < 0.7
    differ = np.random.default_rng(3).random((pairs, 4)) < np.array([0.4, 0.6, 0.85, 0.95])
    narrow, wide = share_of_answers(everybody(alike)), share_of_answers(everybody(differ))
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


@pytest.mark.parametrize("people", [3, 10, 30])
@pytest.mark.parametrize("count", [share_of_pairs, share_of_answers])
def test_of_simulated_studies_95_in_100_hold_the_truth(people, count):
    """Forty pairs that everybody answers. Wilson's interval of single answers as if independent covers 88, 71 and 49 %."""
    rng = np.random.default_rng(people)
    truth = np.mean([count(everybody(simulated(rng, 500, people))).share for _ in range(250)])
    found = [count(everybody(simulated(rng, 40, people))) for _ in range(1000)]
    assert 0.92 <= np.mean([share.low <= truth <= share.high for share in found]) <= 0.98
