"""Power: how wide the intervals of a planned study will be, if people agree as the paper's did."""

from typing import NamedTuple

import numpy as np

from explorer.study.analysis.agreement import bin_of
from explorer.study.analysis.interval import wilson
from explorer.study.analysis.published import PAPER
from explorer.study.design import Study, bin_width

Z = 1.959964  # of a 95 % interval


class Expected(NamedTuple):
    """A bin of |ΔMS| of a planned study."""

    low: float
    high: float
    pairs: int
    agree: float  # of the majority, as in the paper
    width: float  # of the 95 % interval that many pairs will give; wider where raters differ much


def power(study: Study) -> list[Expected]:
    """What to expect in each bin, and, last, over all pairs."""
    difference = np.array([pair.difference for pair in study.of_kind("pair")])
    width = bin_width(float(difference.max(initial=0)))
    at = bin_of(difference, width)
    bins = [(n * width, (n + 1) * width, int((at == n).sum())) for n in range(int(at.max(initial=-1)) + 1)]
    found = [_expected(low, high, pairs, _agree((low + high) / 2)) for low, high, pairs in bins if pairs]
    overall = sum(each.pairs * each.agree for each in found) / max(1, len(difference))
    return [*found, _expected(0.0, float(difference.max(initial=0)), len(difference), overall)]


def _expected(low: float, high: float, pairs: int, agree: float) -> Expected:
    ends = wilson(agree, max(pairs, 1), Z)
    return Expected(low, high, pairs, agree, ends[1] - ends[0])


def _agree(difference: float) -> float:
    middles = [(low + high) / 2 for low, high in zip(PAPER.low, PAPER.high, strict=True)]
    return float(np.interp(difference, middles, PAPER.agree))
