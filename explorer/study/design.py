"""A study's pairs: which neurons are compared, drawn once by a seed, and by which rules they are shown (PAPER.md §4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from random import Random
from typing import Literal, get_args

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TOPS

SHOWN = 16  # images of each neuron, as in the paper
PAIRS = 40
BINS = (0.1, 0.05, 0.02, 0.01, 0.005)  # widths for the bins of |ΔMS| that pairs are drawn from alike; the paper's is the first
FEWEST = 3  # bins that are asked for; where MS differs less, they are finer
DRAWS = 20_000  # pairs looked at, by lot

Side = Literal["first", "second"]
Kind = Literal["pair", "gold", "practice"]


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
    kind: Kind = "pair"
    """`gold` is obvious and shown to everybody, to see who pays attention; `practice` comes first and counts nowhere."""

    @property
    def difference(self) -> float:
        """|ΔMS|."""
        return abs(self.first.ms - self.second.ms)

    @property
    def higher(self) -> Side:
        """The side whose MS is higher."""
        return "first" if self.first.ms >= self.second.ms else "second"


@dataclass(frozen=True)
class Rules:
    """How a study is run."""

    answers: int | None = 3
    """Answers that each pair gets, from different people; as many as come if None."""
    each: int = PAIRS
    """Pairs that one participant is shown at most, besides practice, gold and repeats."""
    repeats: int = 0
    """Pairs that each participant is shown again near the end."""
    neither: bool = True
    """Whether "can't tell" may be answered."""
    back: bool = False
    """Whether the last answer can be given anew."""
    blind: bool = True
    """Whether the study's atlases and its results are closed to the public until the study is."""
    consent: str = "consent-1"
    """The text that participants agree to: a file of assets/study."""


@dataclass(frozen=True)
class Study:
    """A study as it was drawn; it never changes."""

    similarity: str
    """The similarity encoder whose MS people are compared with; "" where the atlases have none in common."""
    pairs: tuple[Pair, ...]
    seed: int = 0
    name: str = "study"
    rules: Rules = field(default_factory=Rules)
    atlases: Mapping[str, str] = field(default_factory=dict)
    """The fingerprint of each atlas, by the atlas's name: other neurons under the same name are not shown."""

    def of_kind(self, kind: Kind) -> tuple[Pair, ...]:
        """Its pairs of a kind, in order."""
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[Kind, tuple[Pair, ...]]:
        return {kind: tuple(pair for pair in self.pairs if pair.kind == kind) for kind in get_args(Kind)}

    def left(self, participant: str, pair: int, kind: str) -> Side:
        """Which of a pair this participant sees on the left; of one that is shown again, the other."""
        left = Random(f"left:{self.name}:{self.seed}:{participant}:{pair}").choice(("first", "second"))
        other: Side = "second" if left == "first" else "first"
        return other if kind == "repeat" else left


def design(
    atlases: Sequence[Atlas],
    seed: int = 0,
    count: int = PAIRS,
    name: str = "study",
    rules: Rules | None = None,
    gold: int = 0,
    practice: int = 0,
) -> Study:
    """Draw pairs alike from all bins of |ΔMS| that there are; fewer than `count` where there are few neurons.

    Candidates are living neurons that fill a grid, in atlases that share a similarity encoder: MS by different ones cannot be
    compared. A neuron comes in one pair, or in as few as the count allows. Practice and gold pairs are those that differ most.
    """
    similarity, kept = _shared(sorted(atlases, key=lambda atlas: atlas.name))  # their order decides nothing
    checksums = {atlas.name: fingerprint(atlas) for atlas in kept}
    living = [candidate for atlas in kept for candidate in candidates(atlas, similarity)]
    rules = rules or Rules()
    if len(living) < 2:
        return Study(similarity, (), seed, name, rules, checksums)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(living), size=(DRAWS, 2))
    difference = np.abs(np.subtract(*(np.array([living[n].ms for n in side]) for side in drawn.T)))
    uses = _Uses(len(living), max(1, ceil(2 * (count + gold + practice) / len(living))))
    obvious = iter(drawn[np.argsort(-difference, kind="stable")].tolist())
    special = uses.take(obvious, gold + practice)
    chosen = _balanced(drawn, difference, uses, count)
    kinds: list[Kind] = ["pair" for _ in chosen]
    for n in range(len(special)):
        kinds.append("practice" if n < practice else "gold")
    every = enumerate(zip([*chosen, *special], kinds, strict=True))
    pairs = tuple(Pair(number, living[a], living[b], kind) for number, ((a, b), kind) in every)
    return Study(similarity, pairs, seed, name, rules, checksums)


class _Uses:
    """How often each neuron has been used, and no pair twice."""

    def __init__(self, neurons: int, most: int) -> None:
        self._left = [most] * neurons
        self._pairs: set[frozenset[int]] = set()

    def take(self, waiting: Iterator[list[int]], count: int = 1) -> list[tuple[int, int]]:
        """The next pairs that may be used."""
        taken: list[tuple[int, int]] = []
        while len(taken) < count and (pair := next((p for p in waiting if self._free(*p)), None)) is not None:
            self._pairs.add(frozenset(pair))
            for neuron in pair:
                self._left[neuron] -= 1
            taken.append((pair[0], pair[1]))
        return taken

    def _free(self, one: int, other: int) -> bool:
        return one != other and self._left[one] > 0 and self._left[other] > 0 and frozenset((one, other)) not in self._pairs


def _balanced(drawn: np.ndarray, difference: np.ndarray, uses: _Uses, count: int) -> list[tuple[int, int]]:
    """Pairs from all bins in turn, until there are enough or the bins are empty."""
    bins = np.floor(difference / bin_width(float(np.quantile(difference, 0.99)))).astype(int)
    waiting = {at: iter(drawn[bins == at].tolist()) for at in sorted(set(bins.tolist()))}
    chosen: list[tuple[int, int]] = []
    while waiting and len(chosen) < count:
        for at in list(waiting):
            if len(chosen) < count:
                found = uses.take(waiting[at])
                chosen += found
                if not found:
                    del waiting[at]
    return chosen


def bin_width(most: float) -> float:
    """The widest bin of which a difference in MS of `most` needs a few: by some encoders MS differs far less than by others."""
    return next((width for width in BINS if most > FEWEST * width - 1e-9), BINS[-1])


def candidates(atlas: Atlas, similarity: str) -> list[Candidate]:
    """The atlas's living neurons that fire on at least SHOWN images."""
    ms = atlas.ms(similarity)
    fit = np.flatnonzero(~np.isnan(ms) & (atlas.fires_on() >= SHOWN))
    return [Candidate(atlas.name, n, round(float(ms[n]), 6)) for n in fit.tolist()]


def fingerprint(atlas: Atlas) -> str:
    """What tells an atlas by what is shown of it: the SHA-256 of the table of its neurons' images. New names do not change it."""
    return atlas.manifest.files[TOPS].sha256


def _shared(atlases: Sequence[Atlas]) -> tuple[str, list[Atlas]]:
    """The similarity encoder that most atlases have, the first of these that comes; and the atlases that have it."""
    names = [name for atlas in atlases for name in atlas.similarities]
    best = max(dict.fromkeys(names), key=names.count, default="")
    return best, [atlas for atlas in atlases if best in atlas.similarities]
