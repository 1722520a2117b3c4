"""Spearman's ρ by hand, its interval, and what it is given a third quantity."""

import numpy as np
import pytest

from precompute.evaluate.rank_correlation import rank_correlation


def test_by_hand_with_ties():
    """Ranks 1 2 3 4 against 1.5 1.5 3 4: 4.5 / √(5 · 4.5)."""
    found = rank_correlation(np.array([0.1, 0.2, 0.3, 0.9]), np.array([5.0, 5, 6, 7]), np.arange(4.0) % 2)
    assert found.spearman == pytest.approx(4.5 / (5 * 4.5) ** 0.5)


def test_given_the_cause_of_both_nothing_is_left():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=2000)
    x, y = (cause + rng.normal(size=2000) for _ in range(2))
    found = rank_correlation(x, y, cause)
    assert found.spearman > 0.4
    assert abs(found.partial) < 0.05
    assert found.low < found.spearman < found.high
    assert found.high - found.low < 0.1


def test_given_the_formula():
    x, y, z = np.random.default_rng(1).permuted(np.tile(np.arange(9.0), (3, 1)), axis=1)
    xy, xz, yz = np.corrcoef([x, y, z])[[0, 0, 1], [1, 2, 2]]  # they are ranks already
    found = rank_correlation(x, y, z)
    assert found.spearman == pytest.approx(xy)
    assert found.partial == pytest.approx((xy - xz * yz) / ((1 - xz**2) * (1 - yz**2)) ** 0.5)


def test_missing_values_are_left_out_and_too_few_are_unknown():
    x = np.array([1, np.nan, 2, 3, 4])
    assert rank_correlation(x, np.array([1.0, 9, 2, 3, 4]), np.zeros(5)).spearman == pytest.approx(1)
    assert np.isnan(rank_correlation(x[:3], x[:3], x[:3])).all()
    assert np.isnan(rank_correlation(np.ones(5), np.arange(5.0), np.arange(5.0)).spearman)
