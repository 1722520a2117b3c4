"""Names from images: the word of a vocabulary that fits a neuron's strongest images best."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TOPS
from explorer.errors import UserError
from precompute.naming.fit import best_words, centred, chance, scores
from precompute.naming.spaces import Space

OWN = "general"  # the vocabulary that ships
LONGEST = 200  # letters of a word or phrase
WEAKEST = 1e-6  # least weight of an image that a neuron fires on


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


def name_by_images(atlas: Atlas, space: Space) -> Names:
    """Name every neuron by the word that fits its strongest images best.

    The average image, and the random sets that the score is held against, are of all images that the atlas shows.

    Raises:
        UserError: if images and words have embeddings of different widths.
    """
    shown = pq.read_table(atlas.directory / TOPS, columns=["neuron", "band", "rank", "image", "activation"]).to_pandas()
    if shown.empty:
        return Names([""] * len(atlas), np.full(len(atlas), np.nan, np.float32))
    images = sorted(set(shown["image"]))
    images_ne, words_te = space.embed(images), space.words_te
    if images_ne.shape[1] != words_te.shape[1]:
        raise UserError(
            f"{space.name}: its words have embeddings {words_te.shape[1]} wide, the images of atlas {atlas.name} have "
            f"{images_ne.shape[1]}; embed both by one model"
        )
    images_ne, words_te = centred(images_ne), centred(words_te)
    sets_sk, weights_sk = _sets(atlas, shown[shown["band"] == "top"], images)
    best, counts_s = best_words(images_ne, words_te, sets_sk, weights_sk), (weights_sk > 0).sum(1)
    fits = scores(best.median_s, counts_s, chance(images_ne, words_te, sets_sk.shape[1])).numpy()
    named = np.isfinite(fits).tolist()
    return Names([space.words[word] if there else "" for word, there in zip(best.words_s.tolist(), named, strict=True)], fits)


def _sets(atlas: Atlas, top: pd.DataFrame, images: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each neuron's strongest images by number, and their weights; both (neurons, most images)."""
    neurons, ranks = top["neuron"].to_numpy(), top["rank"].to_numpy()
    shape = (len(atlas), int(ranks.max()) + 1)
    sets, weights = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
    numbers = {image: number for number, image in enumerate(images)}
    sets[neurons, ranks] = [numbers[image] for image in top["image"]]
    weights[neurons, ranks] = (top["activation"] / atlas.neurons["max"].to_numpy()[neurons]).clip(WEAKEST, 1)
    return torch.from_numpy(sets), torch.from_numpy(weights)
