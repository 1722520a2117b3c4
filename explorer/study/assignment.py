"""Assignment: which pair a participant is shown next, so that every pair gets its answers from different people.

A pair that was given counts as answered until LEASE is over: then it returns to the pool. Of the pairs that somebody has not
seen, one with the fewest answers is given, by lot. So the counts of two pairs differ by one at most once all who began go on.
"""

from collections.abc import Collection, Mapping
from random import Random
from typing import Literal

from explorer.study.design import Rules, Study

LEASE = 15 * 60.0  # seconds that a participant has for a pair before it may be given to somebody else

TurnKind = Literal["practice", "gold", "pair", "repeat"]


def schedule(study: Study) -> list[TurnKind]:
    """What each step of a participant is: practice first, gold spread evenly among the pairs, repeats at the end.

    A study with fewer pairs than a participant may be shown ends sooner.
    """
    pairs = min(study.rules.each, len(study.of_kind("pair")))
    gold = len(study.of_kind("gold"))
    steps: list[TurnKind] = ["pair"] * pairs
    for each in range(gold, 0, -1):
        steps.insert(round(each * pairs / (gold + 1)), "gold")
    practice: list[TurnKind] = ["practice"] * len(study.of_kind("practice"))
    repeats: list[TurnKind] = ["repeat"] * min(study.rules.repeats, pairs)
    return [*practice, *steps, *repeats]


def next_pair(rules: Rules, pairs: Collection[int], given: Mapping[int, int], seen: Collection[int], lot: str) -> int | None:
    """The pair to give; None where none is left for this participant.

    Args:
        rules: how many answers a pair gets.
        pairs: numbers of the study's pairs.
        given: how often each was answered, or is out to be.
        seen: pairs that the participant has been given.
        lot: decides among pairs that were given equally often.
    """
    left = [pair for pair in pairs if pair not in seen and (rules.answers is None or given.get(pair, 0) < rules.answers)]
    if not left:
        return None
    fewest = min(given.get(pair, 0) for pair in left)
    return Random(lot).choice([pair for pair in left if given.get(pair, 0) == fewest])
