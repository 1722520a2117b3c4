"""Votes: a study's decided answers, as arrays, and the majority of each pair."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int


class Votes(NamedTuple):
    """Answers a that chose a side, over pairs p."""

    pair: Int[np.ndarray, "a"]  # which pair
    rater: Int[np.ndarray, "a"]  # who
    agrees: Bool[np.ndarray, "a"]  # whether the neuron with the higher MS was chosen
    difference: Float[np.ndarray, "p"]  # |ΔMS| of each pair

    @property
    def cast(self) -> Int[np.ndarray, "p"]:
        """Answers on each pair."""
        return np.bincount(self.pair, minlength=len(self.difference))

    @property
    def agreeing(self) -> Int[np.ndarray, "p"]:
        """Answers on each pair that agree."""
        return np.bincount(self.pair, self.agrees, minlength=len(self.difference)).astype(int)


def votes(answers: pd.DataFrame) -> Votes:
    """The votes in answers. Answers that chose neither are left out, and so are pairs of equal MS, where no side is higher.

    Args:
        answers: with the columns participant, pair, first_ms, second_ms and chosen (`first`, `second` or `neither`).
    """
    decided = answers.query("chosen != 'neither' and first_ms != second_ms")
    pair, pairs = pd.factorize(decided["pair"])
    rater, _ = pd.factorize(decided["participant"])
    first, second = decided["first_ms"].to_numpy(float), decided["second_ms"].to_numpy(float)
    agrees = (decided["chosen"].to_numpy() == "first") == (first > second)
    difference = np.zeros(len(pairs))
    difference[pair] = np.abs(first - second)
    return Votes(pair, rater, agrees, difference)


def majority(agreeing: np.ndarray, cast: np.ndarray) -> Float[np.ndarray, "..."]:
    """1 where most answers agree, 0 where most do not, ½ where they are tied: as if a coin decided."""
    return (np.sign(2 * agreeing - cast) + 1) / 2
