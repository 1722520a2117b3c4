"""By hand, and against the paper's own table."""

import math

import numpy as np
import pandas as pd
import pytest

from explorer.study.agreement import PAPER_AGREE, PAPER_PAIRS, agreement, by_bin, wilson


def answers(*rows):
    columns = ["participant", "pair", "first_ms", "second_ms", "chosen"]
    return pd.DataFrame(rows, columns=columns)


def test_answers_are_counted():
    found = agreement(
        answers(
            ("anna", 0, 0.9, 0.25, "first"),  # agrees, difference .65
            ("ben", 0, 0.9, 0.25, "second"),
            ("cleo", 0, 0.9, 0.25, "first"),
            ("anna", 1, 0.1, 0.15, "first"),  # does not, .05
            ("ben", 1, 0.1, 0.15, "neither"),
            ("anna", 2, 0.1, 0.4, "second"),  # agrees, .3
            ("ben", 2, 0.1, 0.4, "first"),
        )
    )
    assert (found.participants, found.answers, found.undecided) == (3, 7, 1)
    assert (found.overall.share, found.overall.count) == (pytest.approx(3 / 6), 6)
    assert [share.count for share in found.bins] == [1, 0, 0, 2, 0, 0, 3]
    assert [share.share for share in found.bins if share.count] == pytest.approx([0, 1 / 2, 2 / 3])
    assert found.uniform == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert (found.majority.share, found.majority.count) == (pytest.approx(1 / 2), 2)  # pair 2 is a tie


def test_of_nothing_there_is_no_share():
    found = agreement(answers())
    assert (found.answers, found.bins, found.overall.count) == (0, (), 0)
    assert math.isnan(found.overall.share)
    assert math.isnan(found.uniform)


def test_the_paper_s_table_gives_the_paper_s_figures():
    """82.8 % if |ΔMS| were uniform, 77.9 % as asked."""
    difference = np.repeat((np.arange(9) + 0.5) / 10, PAPER_PAIRS)
    agrees = np.concatenate([np.arange(n) < round(n * share) for n, share in zip(PAPER_PAIRS, PAPER_AGREE, strict=True)])
    bins = by_bin(difference, agrees, 0.1)
    assert [share.count for share in bins] == list(PAPER_PAIRS)
    assert np.mean([share.share for share in bins]) == pytest.approx(0.828, abs=0.006)  # the table is rounded
    assert agrees.mean() == pytest.approx(0.779, abs=0.003)


def test_wilson_is_the_textbook_s():
    found = wilson(8, 10)
    assert (found.share, found.count) == (0.8, 10)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 5).low == pytest.approx(0, abs=1e-12)
    assert wilson(5, 5).high == pytest.approx(1, abs=1e-12)


def test_a_difference_on_the_edge_belongs_to_the_bin_above():
    assert [share.count for share in by_bin(np.array([0.1, 0.3, 0.0999]), np.array([True, True, True]), 0.1)] == [1, 1, 0, 1]
