"""Names from steering: the word that raising a neuron brings into a vision-language model's answers.

Each living neuron is raised on a white image and on a few images of the atlas, and the model answers a prompt about each. The
word that is new in most answers, and is not new in most answers for other neurons too, is the neuron's word. Of the strengths at
which it comes, the strongest is kept at which the answers still read well; half of the images are those that the Steer page
begins with, and the white one does not count for that. Then the neuron is lowered on images whose unsteered
answer has that word; a neuron that steers removes it. Neurons chosen by their effect on the output steer two to three times as
well as neurons chosen by what they fire on (arXiv 2505.20063).
"""

from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from explorer.operations.images import WHITE
from precompute.naming.answers import Setting, Trial
from precompute.naming.brought_words import choose_words

# Multiples of a neuron's strongest activation that it is raised to. At its strongest, a neuron of Storybook replaces what an
# image shows and puts nothing into an empty scene; at twice that it does. At four times, set on all patches, two of three answers
# about Storybook's pictures repeat themselves or break off; set on the middle alone one of seven, and at six times hardly more.
STRENGTHS = (1.0, 2.0, 3.0, 4.0, 6.0)


class Effects(NamedTuple):
    """The effect of every neuron on the answers."""

    words: list[str]  # that raising it brings; "" where none
    shares: np.ndarray  # of the images on which it brings that word, or on which it removes it, the lesser; 0 where none
    alphas: np.ndarray  # activation that it was raised to; NaN where none
    said: list[tuple[tuple[str, float], ...]]  # the words that clearly come then, and the share of images on which each is new


def effects(trial: Trial) -> Effects:
    """Raise every living neuron, choose its word and strength, and lower it."""
    alive, images = trial.alive(), trial.images()
    answers: dict[tuple[int, float], list[str]] = {}
    for neuron in tqdm(alive, **_bar("raise")):
        texts = trial.texts([Setting(image, neuron, strength) for strength in STRENGTHS for image in images])
        answers |= {(neuron, s): texts[i * len(images) : (i + 1) * len(images)] for i, s in enumerate(STRENGTHS)}
    raised = choose_words(answers, trial.texts([Setting(image) for image in images]), plain=images.count(WHITE))
    removed = {n: trial.removed(n, raised[n].word) for n in tqdm(alive, **_bar("lower")) if raised[n].word}
    count = len(trial.atlas)
    steered = Effects([""] * count, np.zeros(count, np.float32), np.full(count, np.nan, np.float32), [()] * count)
    for neuron, share in removed.items():
        steered.words[neuron] = raised[neuron].word
        steered.shares[neuron] = min(raised[neuron].share, share)
        steered.alphas[neuron] = raised[neuron].strength * trial.strongest(neuron)
        steered.said[neuron] = raised[neuron].said
    return steered


def _bar(name: str) -> dict[str, Any]:
    return {"unit": "neuron", "desc": name, "dynamic_ncols": True}
