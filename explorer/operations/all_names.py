"""The names of all neurons of an atlas at once, to be searched: those that `explorer.operations.names` gives one by one."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS, STEERS
from explorer.operations.names import MOST

LEAST_PREFIX = 3  # letters that must be typed of a longer word
FILLING = frozenset(
    re.findall(r"\w+", "a an and any are at by for from in is it of on or some something that the thing things to with")
)


class AllNames(NamedTuple):
    """Every different name, in words, and which neuron has which."""

    names: list[frozenset[str]]  # words of each name, as `words_of` gives them; none of "", no name
    of_neuron: np.ndarray  # (neurons,) number of its name
    sure: np.ndarray  # (neurons,) float32, how sure the name is: its score, at most 1; 1 for a curator's; 0: none


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; signs are left out, but for those within a word."""
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.casefold())


@lru_cache(maxsize=8)
def all_names(atlas: Atlas) -> AllNames:
    """The names of an atlas's neurons; it never changes, so they are read once."""
    names, sure = _chosen(atlas)
    different, of_neuron = np.unique(names.astype(str), return_inverse=True)
    return AllNames([frozenset(words_of(name)) for name in different.tolist()], of_neuron, sure)


def _chosen(atlas: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """Each neuron's name, "" for none, and how sure it is."""
    row = atlas.neurons
    steers, fit, share = (row[name].to_numpy(np.float32) for name in ("steerability", "name_score", "label_share"))
    calibrated = atlas.manifest.names is not None and atlas.manifest.names.calibrated
    chosen = [steers >= STEERS, (fit >= FITS) & calibrated, share >= MOST]
    names = np.select(chosen, [row[column].to_numpy(object) for column in ("steers", "name", "label")], "")
    sure = np.select(chosen, [steers, fit, share], 0)
    for neuron, given in atlas.curated.items():
        names[neuron], sure[neuron] = given.name, 1
    return names, np.clip(sure, 0, 1).astype(np.float32)


def common_names(atlas: Atlas, count: int) -> list[str]:
    """The commonest names of an atlas's neurons, as they are shown."""
    names, sure = _chosen(atlas)
    return [name for name, _ in Counter(names[sure > 0].tolist()).most_common(count)]


def named(names: AllNames, words: Sequence[str]) -> Float[np.ndarray, " neurons"]:
    """How sure it is that each neuron's name says some words: the name's score where it has every one of them, else 0.

    Words like "the" and "something" count for nothing, singular and plural as one, and LEAST_PREFIX letters as any word that
    begins with them.
    """
    wanted = [word for word in words if word not in FILLING]
    says = np.array([all(any(_begins(word, part) for word in its) for part in wanted) for its in names.names])
    return np.where(says[names.of_neuron], names.sure, 0)


def _begins(word: str, typed: str) -> bool:
    return _singular(word) == _singular(typed) or (len(typed) >= LEAST_PREFIX and word.startswith(typed))


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > LEAST_PREFIX and not word.endswith("ss") else word
