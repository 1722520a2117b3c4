"""Names from images: the word of a vocabulary that fits a neuron's strongest images best."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from explorer.errors import UserError
from precompute.naming.fit import best_words, centred, chance, scores
from precompute.naming.shown import Shown
from precompute.naming.spaces import Space

OWN = "general"  # the vocabulary that ships
LONGEST = 200  # letters of a word or phrase


class Names(NamedTuple):
    """One name per neuron."""

    names: list[str]  # "" for neurons without images
    scores: np.ndarray  # the fit, see `precompute.naming.fit`; NaN likewise


def read_vocabulary(name: str) -> list[str]:
    """Read the words of the vocabulary that ships, or of a file with one word or phrase a line, in its order.

    Raises:
        UserError: if the file cannot be read, or has fewer than two words.
    """
    path = files("precompute.naming") / "vocabulary.txt" if name == OWN else Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--vocabulary {name}: cannot be read ({error}); give a text file with one word a line") from error
    words = [line.strip()[:LONGEST] for line in lines if line.strip() and not line.startswith("#")]
    if len(set(words)) < 2:
        raise UserError(f"--vocabulary {name}: has {len(set(words))} words; give two or more to choose from, one a line")
    return words


def name_by_images(shown: Shown, space: Space) -> Names:
    """Name every neuron by the word that fits its strongest images best.

    The average image, and the random sets that the score is held against, are of all images that the atlas shows.
    """
    images_ne, words_te = shown.images_ne, centred(space.words_te)
    best, counts_s = best_words(images_ne, words_te, shown.sets_sk, shown.weights_sk), (shown.weights_sk > 0).sum(1)
    fits = scores(best.median_s, counts_s, chance(images_ne, words_te, shown.sets_sk.shape[1])).numpy()
    named = np.isfinite(fits).tolist()
    return Names([space.words[word] if there else "" for word, there in zip(best.words_s.tolist(), named, strict=True)], fits)


def no_names(neurons: int) -> Names:
    """Of an atlas whose neurons are all dead."""
    return Names([""] * neurons, np.full(neurons, np.nan, np.float32))
