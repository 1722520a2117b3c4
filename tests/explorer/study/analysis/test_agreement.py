"""By hand."""

import math

import numpy as np
import pandas as pd
import pytest

from explorer.study.analysis.agreement import agreement, bin_of, krippendorff_alpha
from explorer.study.analysis.curve import Curve, logistic_curve

COLUMNS = ["participant", "pair", "first_ms", "second_ms", "chosen"]


def answers(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


SEVEN = answers(
    ("anna", 0, 0.9, 0.25, "first"),  # agrees, difference .65
    ("ben", 0, 0.9, 0.25, "second"),
    ("cleo", 0, 0.9, 0.25, "first"),
    ("anna", 1, 0.1, 0.15, "first"),  # does not, .05
    ("ben", 1, 0.1, 0.15, "neither"),
    ("anna", 2, 0.1, 0.4, "second"),  # agrees, .3
    ("ben", 2, 0.1, 0.4, "first"),
)


def test_pairs_count_by_their_majority_and_ties_half():
    found = agreement(SEVEN)
    assert (found.participants, found.answers, found.undecided) == (3, 7, 1)
    assert (found.majority.share, found.majority.count) == (pytest.approx((1 + 0 + 0.5) / 3), 3)
    assert [share.count for share in found.bins] == [1, 0, 0, 1, 0, 0, 1]
    assert [share.share for share in found.bins if share.count] == [0, 0.5, 1]
    assert [share.count for share in found.at_least] == [3, 2, 2, 2, 1, 1, 1]
    assert found.at_least[1].share == 0.75
    assert found.uniform.share == pytest.approx(0.5)
    assert (found.single.share, found.single.count) == (0.5, 6)
    assert found.per_pair == 2


def test_uniform_is_the_mean_over_bins():
    rows = [("anna", n, 0.5, 0.45, "first" if n < 6 else "second") for n in range(8)]  # three quarters of easy-to-find pairs
    rows += [("anna", 8, 0.5, 0.15, "first"), ("anna", 9, 0.5, 0.15, "first")]  # all of two
    found = agreement(answers(*rows))
    assert found.majority.share == pytest.approx(0.8)
    assert found.uniform.share == pytest.approx((0.75 + 1) / 2)


def test_pairs_of_equal_ms_say_nothing():
    found = agreement(answers(("anna", 0, 0.5, 0.5, "first"), ("anna", 1, 0.9, 0.5, "first")))
    assert (found.majority.share, found.majority.count) == (1, 1)


def test_of_nothing_there_is_no_share():
    found = agreement(answers())
    assert (found.answers, found.bins, found.majority.count) == (0, (), 0)
    assert all(math.isnan(value) for value in (found.majority.share, found.uniform.low, found.single.high, found.alpha))
    assert found.curve is None


def test_a_difference_on_the_edge_belongs_to_the_bin_above():
    assert bin_of(np.array([0.1, 0.3, 0.0999]), 0.1).tolist() == [1, 3, 0]


def test_alpha_is_the_one_computed_by_hand():
    """Two raters, four pairs, one disagreement: D_o = 2/8, D_e = 2·5·3/(8·7), α = 1 − D_o/D_e."""
    chosen = {"anna": "first first second second", "ben": "first first second first"}
    rows = [(who, pair, 1, 0, choice) for who, text in chosen.items() for pair, choice in enumerate(text.split())]
    assert krippendorff_alpha(answers(*rows)) == pytest.approx(1 - (2 / 8) / (2 * 5 * 3 / (8 * 7)))


def test_alpha_of_single_answers_is_none():
    assert math.isnan(krippendorff_alpha(answers(("anna", 0, 1, 0, "first"), ("ben", 1, 1, 0, "second"))))


def test_the_curve_is_that_of_two_points():
    """With two values of |ΔMS| the likeliest curve goes through both shares: logit(.25) at 0 and logit(.75) at 1."""
    found = logistic_curve(np.repeat([0.0, 1.0], 4), np.array([0, 0, 0, 1, 1, 1, 1, 0.0]))
    assert found == pytest.approx(Curve(-math.log(3), 2 * math.log(3)), abs=1e-4)
    assert found.at(0.5) == pytest.approx(0.5, abs=1e-5)


def test_pairs_that_a_threshold_divides_have_no_one_curve():
    assert logistic_curve(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 0, 1, 1.0])) is None
    assert logistic_curve(np.array([0.1, 0.2, 0.3]), np.ones(3)) is None
