"""Who paid attention: answers to gold pairs, which are obvious, and to pairs that were shown twice."""

from typing import NamedTuple

import numpy as np
import pandas as pd

PASSES = 0.75  # share of gold pairs answered as is obvious, at least; a participant below it is left out by the filter


class Quality(NamedTuple):
    """Attention of all participants."""

    gold: float  # share of answers to gold pairs that chose the obvious side; NaN where there are none
    repeats: float  # share of repeated pairs that were answered as before; NaN where there are none
    failed: tuple[str, ...]  # participants who chose the obvious side too seldom


def quality(answers: pd.DataFrame) -> Quality:
    """Count gold and repeats.

    Args:
        answers: of one study, of all kinds, as `Answers.table` gives them.
    """
    gold = answers.query("kind == 'gold'")
    higher = np.where(gold["first_ms"].to_numpy(float) >= gold["second_ms"].to_numpy(float), "first", "second")
    right = gold["chosen"].to_numpy() == higher
    by: dict[str, list[bool]] = {}
    for participant, is_right in zip(gold["participant"], right.tolist(), strict=True):
        by.setdefault(participant, []).append(is_right)
    failed = tuple(participant for participant, rights in by.items() if sum(rights) < PASSES * len(rights))
    both = answers.query("kind == 'pair'").merge(answers.query("kind == 'repeat'"), on=["participant", "pair"])
    return Quality(_mean(right), _mean(both["chosen_x"].to_numpy() == both["chosen_y"].to_numpy()), failed)


def attentive(answers: pd.DataFrame) -> pd.DataFrame:
    """The answers without those of participants who failed."""
    failed = quality(answers).failed
    return answers.loc[[name not in failed for name in answers["participant"]]]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
