"""Fit: the word that fits each set of images best, and how well, beside random sets of as many images.

    x(image, word) = cos(image, word), less its mean over all images and its mean over all words, plus the mean over both
    word(set)      = argmax over the words of Σ w·x / Σ w            w: an image's activation, as a share of the strongest
    m(set)         = median over the set of x(image, word(set))      half of the images reach it
    score(set)     = m / √(c₁² + c_n²)                               c_n: of random sets of n images, the mean x of their words

x says how much better the word fits the image than other words do, and than it fits other images: some words are near all images,
some images near all words, and neither names anything. c_n is what chance gives to n images, whose best word is chosen too; c₁ is
how well a single image's best word fits it. So the score is 0 where the word fits the images as it fits the average one, 1 where
it fits them as well as their own best words fit single images, and lower where the images are few. Both units come from the
encoder, the words and the images at hand: for CLIP ViT-B/32 and the names of LVIS c₁ is .06, for storybook-clip and Storybook's
words .3. Without c₁ the score is a plain z, which grows with √n: it tells how many images a neuron has, not how its name fits.

The score of one image, and nearly always of two, is kept below FITS, the least that is shown: random sets of so few images reach
it on average.

Cosines rather than shares of a softmax (soft WPMI, arXiv 2204.10965): a softmax of one temperature is flat for one encoder and
steep for another. The median rather than the mean: a few images that fit a word very well do not make it the neuron's. Measured
by `tests.bench.names`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.atlas.manifest import FITS

RANDOM_SETS = 1000  # of each size
SETS_AT_ONCE = 1024
NOT_SHOWN = FITS - 0.01
LEAST = 1e-5  # a cosine's rounding: images that are all alike fit no word


class Best(NamedTuple):
    """The best word of every set."""

    words_s: Int[Tensor, " s"]  # numbers
    mean_s: Float[Tensor, " s"]  # Σ w·x / Σ w, a difference of cosines; NaN for a set without images
    median_s: Float[Tensor, " s"]  # m, likewise


def centred(embeddings_ne: Float[Tensor, "n e"]) -> Float[Tensor, "n e"]:
    """Return unit vectors less their mean: the product of a centred image with a centred word is x."""
    unit_ne = torch.nn.functional.normalize(embeddings_ne.float(), dim=1)
    return unit_ne - unit_ne.mean(0)


def best_words(
    images_ne: Float[Tensor, "n e"],
    words_te: Float[Tensor, "t e"],
    sets_sk: Int[Tensor, "s k"],
    weights_sk: Float[Tensor, "s k"],
) -> Best:
    """Choose the word that fits each set best.

    Args:
        images_ne, words_te: centred.
        sets_sk: images of each set, by number.
        weights_sk: w, above 0; 0 where a set has fewer than k images.
    """
    pairs = zip(sets_sk.split(SETS_AT_ONCE), weights_sk.split(SETS_AT_ONCE), strict=True)
    parts = [_best(images_ne[sets], words_te, weights) for sets, weights in pairs]
    return Best(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _best(images_ske: Float[Tensor, "s k e"], words_te: Float[Tensor, "t e"], weights_sk: Float[Tensor, "s k"]) -> Best:
    mean_se = torch.einsum("ske,sk->se", images_ske, weights_sk) / weights_sk.sum(1, keepdim=True)
    words_s = (mean_se @ words_te.T).argmax(1)
    x_sk = torch.einsum("ske,se->sk", images_ske, words_te[words_s])
    return Best(words_s, (mean_se * words_te[words_s]).sum(1), x_sk.where(weights_sk > 0, torch.nan).nanquantile(0.5, dim=1))


def chance(images_ne: Float[Tensor, "n e"], words_te: Float[Tensor, "t e"], most: int, seed: int = 0) -> Float[Tensor, " most"]:
    """Compute c_n of random sets of n = 1 … `most` images; arguments as of `best_words`."""
    generator = torch.Generator().manual_seed(seed)
    c_n = torch.empty(most)
    for n in range(1, most + 1):
        sets = torch.randint(len(images_ne), (RANDOM_SETS, n), generator=generator)
        c_n[n - 1] = best_words(images_ne, words_te, sets, torch.ones(sets.shape)).mean_s.square().mean().sqrt()
    return c_n


def scores(median_s: Float[Tensor, " s"], counts_s: Int[Tensor, " s"], c_n: Float[Tensor, " most"]) -> Float[Tensor, " s"]:
    """Compute the score of sets of so many images, below FITS where random ones reach it on average; NaN stays NaN."""
    c_s = c_n[counts_s.clamp(min=1) - 1]
    unit_s = torch.hypot(c_n[0], c_s).clamp(min=LEAST)
    score_s = median_s / unit_s
    return score_s.where(c_s / unit_s < FITS, score_s.clamp(max=NOT_SHOWN))
