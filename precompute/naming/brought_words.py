"""The word that raising a neuron brings into answers, and how far to raise it: counted, without any model."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.atlas.manifest import STEERS
from precompute.naming.answers import words
from precompute.naming.fluency import FUNCTION_WORDS, reads_well

MOST_WORDS = 8  # that raising a neuron brings, kept of each neuron
OFTEN = 0.3  # how much oftener than for the mean neuron such a word must come, as a share of the images: one of five is chance
FLUENT = 0.8  # share of the answers that read well at the strength that is kept
Shares = Mapping[str, float]  # word → share of the images on which it is new


class Raised(NamedTuple):
    """The effect of raising one neuron."""

    word: str = ""  # "" if no word is clear
    share: float = 0.0  # of the images on which the word is new, less the mean of that share over all neurons
    strength: float = 0.0  # multiple of its strongest activation
    said: tuple[tuple[str, float], ...] = ()  # all words that clearly come at that strength, oftenest first, with their shares


def choose_words(
    answers: Mapping[tuple[int, float], Sequence[str]], unsteered: Sequence[str], plain: int = 0
) -> dict[int, Raised]:
    """Choose for every neuron the word that raising it brings, and the strength.

    It is the strongest at which the word comes and FLUENT of the answers read well; where there is none, of those at which it
    comes the one at which most do.

    Args:
        answers: about each image, by neuron and strength.
        unsteered: about each image without steering.
        plain: how many of these answers, the first, are about images of nothing, and do not tell how those about others read.
    """
    new = {key: _new_shares(texts, unsteered) for key, texts in answers.items()}
    usual = _usual(new)
    fluent = {key: _fluent(texts[plain:], unsteered[plain:]) for key, texts in answers.items()}
    chosen = {}
    for neuron in dict.fromkeys(neuron for neuron, _ in answers):
        strengths = sorted(strength for other, strength in answers if other == neuron)
        excess = {s: {word: share - usual[s][word] for word, share in new[neuron, s].items()} for s in strengths}
        word = _clearest(excess)
        tried = [s for s in strengths if excess[s].get(word, 0.0) >= STEERS]
        if not tried:
            chosen[neuron] = Raised()
            continue
        well = [s for s in tried if fluent[neuron, s] >= FLUENT]
        strength = max(well) if well else max(tried, key=lambda s: (fluent[neuron, s], excess[s][word], -s))
        chosen[neuron] = Raised(word, excess[strength][word], strength, _said(new[neuron, strength], excess[strength]))
    return chosen


def _clearest(excess: Mapping[float, Shares]) -> str:
    """The word that comes clearest at any strength; of equal ones the first at the least strength."""
    named = [
        (-share, strength, word)
        for strength, shares in excess.items()
        for word, share in shares.items()
        if word not in FUNCTION_WORDS
    ]
    return min(named, default=(0.0, 0.0, ""))[2]


def _usual(new: Mapping[tuple[int, float], Shares]) -> dict[float, dict[str, float]]:
    """The mean share of each word over all neurons, by strength."""
    totals: dict[float, Counter[str]] = {strength: Counter() for _, strength in new}
    for (_, strength), shares in new.items():
        totals[strength].update(shares)  # adds up the shares
    neurons = Counter(strength for _, strength in new)
    return {strength: {word: total / neurons[strength] for word, total in words.items()} for strength, words in totals.items()}


def _fluent(texts: Sequence[str], unsteered: Sequence[str]) -> float:
    """The share of the answers that read well."""
    return sum(map(reads_well, texts, unsteered)) / len(texts)


def _said(new: Shares, excess: Shares) -> tuple[tuple[str, float], ...]:
    """Of the new words those that come clearly oftener than usual, oftenest first."""
    brought = [(word, share) for word, share in new.items() if word not in FUNCTION_WORDS and excess[word] >= OFTEN]
    return tuple(sorted(brought, key=lambda pair: (-pair[1], pair[0]))[:MOST_WORDS])


def _new_shares(texts: Sequence[str], unsteered: Sequence[str]) -> dict[str, float]:
    """For each new word, the share of images on which it is new, of those whose unsteered answer lacks it."""
    before, after = list(map(words, unsteered)), list(map(words, texts))
    possible = {word: sum(word not in said for said in before) for word in frozenset().union(*after)}
    new = Counter(word for now, then in zip(after, before, strict=True) for word in now - then)
    return {word: count / possible[word] for word, count in new.items() if 2 * possible[word] > len(unsteered)}
