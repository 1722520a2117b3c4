"""Which pairs of neurons are compared, in which order, and which one stands on the left (PAPER.md §4).

All participants are shown the same pairs, so that a pair gets several answers; each has an order and sides of their own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Literal

import numpy as np

from explorer.atlas.atlas import Atlas

SHOWN = 16  # images of each neuron, as in the paper
PAIRS = 40
BINS = (0.1, 0.05, 0.02, 0.01, 0.005)  # widths for the bins of |ΔMS| that pairs are drawn from alike; the paper's is the first
FEWEST = 3  # bins that are asked for; where MS differs less, they are finer
DRAWS = 20_000  # pairs looked at, by lot

Side = Literal["first", "second"]


@dataclass(frozen=True)
class Candidate:
    """A neuron that can be shown."""

    atlas: str
    neuron: int
    ms: float


@dataclass(frozen=True)
class Pair:
    """Two different neurons to compare."""

    number: int
    first: Candidate
    second: Candidate

    @property
    def difference(self) -> float:
        """|ΔMS|."""
        return abs(self.first.ms - self.second.ms)


@dataclass(frozen=True)
class Study:
    """The pairs of a study."""

    similarity: str
    """The similarity encoder whose MS people are compared with; "" where the atlases have none in common."""
    pairs: tuple[Pair, ...]
    seed: int = 0

    @cached_property
    def key(self) -> str:
        """12 hexadecimal digits: other pairs, another study."""
        return hashlib.sha256(repr((self.seed, self.similarity, self.pairs)).encode()).hexdigest()[:12]

    def order(self, participant: str) -> list[Pair]:
        """All pairs, in this participant's order."""
        return Random(f"order:{self.key}:{participant}").sample(self.pairs, len(self.pairs))

    def left(self, participant: str, pair: Pair) -> Side:
        """Which of the pair this participant sees on the left."""
        return Random(f"left:{self.key}:{participant}:{pair.number}").choice(("first", "second"))


def design(atlases: Sequence[Atlas], seed: int = 0, count: int = PAIRS) -> Study:
    """Draw pairs alike from all bins of |ΔMS| that there are; fewer than `count` where there are few neurons.

    Candidates are living neurons that fill a grid, in atlases that share a similarity encoder: MS by different ones cannot be
    compared. A neuron comes in one pair only.
    """
    similarity, kept = _shared(atlases)
    living = [candidate for atlas in kept for candidate in candidates(atlas, similarity)]
    if len(living) < 2:
        return Study(similarity, (), seed)
    rng = np.random.default_rng(seed)
    ms = np.array([candidate.ms for candidate in living])
    drawn = rng.integers(len(living), size=(DRAWS, 2))
    difference = np.abs(ms[drawn[:, 0]] - ms[drawn[:, 1]])
    bins = np.floor(difference / bin_width(float(np.quantile(difference, 0.99)))).astype(int)
    waiting = {at: iter(drawn[bins == at].tolist()) for at in sorted(set(bins.tolist()))}
    used: set[int] = set()
    chosen: list[list[int]] = []
    while waiting and len(chosen) < count:
        for at in list(waiting):
            pair = next((p for p in waiting[at] if p[0] != p[1] and not used & set(p)), None)
            if pair is None:
                del waiting[at]
            elif len(chosen) < count:
                used |= set(pair)
                chosen.append(pair)
    pairs = (Pair(number, living[a], living[b]) for number, (a, b) in enumerate(chosen))
    return Study(similarity, tuple(pairs), seed)


def bin_width(most: float) -> float:
    """The widest bin of which a difference in MS of `most` needs a few: by some encoders MS differs far less than by others."""
    return next((width for width in BINS if most > FEWEST * width - 1e-9), BINS[-1])


def candidates(atlas: Atlas, similarity: str) -> list[Candidate]:
    """The atlas's living neurons that fire on at least SHOWN images."""
    ms = atlas.ms(similarity)
    fit = np.flatnonzero(~np.isnan(ms) & (atlas.fires_on() >= SHOWN))
    return [Candidate(atlas.name, n, round(float(ms[n]), 6)) for n in fit.tolist()]


def _shared(atlases: Sequence[Atlas]) -> tuple[str, list[Atlas]]:
    """The similarity encoder that most atlases have, the first of these that comes; and the atlases that have it."""
    names = [name for atlas in atlases for name in atlas.similarities]
    best = max(dict.fromkeys(names), key=names.count, default="")
    return best, [atlas for atlas in atlases if best in atlas.similarities]
