"""Whether one-word answers come nearer to a neuron's images as it is raised, by a model with towers for both (PAPER.md §5)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from explorer.atlas.atlas import Atlas
from explorer.operations.images import WHITE
from precompute.evaluate.steering.answers import Answers, Setting
from precompute.evaluate.steering.plan import MATCHED, RAISED, strength
from precompute.evaluate.steering.rates import PAPERS, interval
from precompute.naming.spaces import of_model

PROMPT = "what is shown on the image? use exactly one word."  # the paper's
ON_IMAGES = 10  # neurons that are also raised on images of the atlas
COLUMNS = ("chosen", "on", "times", "neurons", "images", "similarity", "low", "high")


class Asked(NamedTuple):
    """Neurons raised on images."""

    chosen: str
    on: str  # white, or images
    neurons: list[int]
    images: list[str]


def similarity_check(
    answers: Answers, sets: Mapping[str, list[int]], names: Mapping[int, str], pictures: int, model: str | None, seed: int
) -> pd.DataFrame:
    """The mean cosine of answers and each neuron's strongest images, by strength, with intervals over neurons: COLUMNS.

    At strength 0 nothing is steered. Two more rows a set tell how far it could go: `other neurons`, the answers at matched
    strength held against the next neuron's images, and `names`, each neuron's name against its images.

    Args:
        names: of neurons, by their images; those without one are left out of the row `names`.
        pictures: of the atlas, on which the first neurons of the first set are raised too.
        model: Hub id or directory; the atlas's own encoder if None.

    Raises:
        UserError: if the model cannot be loaded or has no text tower.
    """
    asked = _asked(answers.atlas, sets, pictures, seed)
    texts = [{times: _texts(answers, one, times) for times in (0.0, *RAISED)} for one in asked]
    every = list(dict.fromkeys(neuron for one in asked for neuron in one.neurons))
    named = {neuron: names[neuron] for neuron in every if names.get(neuron)}
    words = [*dict.fromkeys([text for by in texts for said in by.values() for text in said] + [*named.values()])]
    space = of_model(answers.atlas, words, model)
    near = Nearness(
        dict(zip(words, normalize(space.words_te.float(), dim=1), strict=True)),
        dict(zip(every, _mean_images(answers.atlas, every, space.embed), strict=True)),
    )
    return pd.DataFrame(
        [row for one, by in zip(asked, texts, strict=True) for row in _rows(one, by, named, near)], columns=COLUMNS
    )


def _asked(atlas: Atlas, sets: Mapping[str, list[int]], pictures: int, seed: int) -> list[Asked]:
    """Every set on the white image, and the first neurons of the first set on images of the atlas; neurons with images alone."""
    with_images = {by: [n for n in neurons if atlas.top_images(n, 1)] for by, neurons in sets.items()}
    first, *_ = with_images
    drawn = np.random.default_rng(seed).permutation(sorted(atlas.images))[:pictures].tolist()
    on_images = [Asked(first, "images", with_images[first][:ON_IMAGES], drawn)] if drawn else []
    return [Asked(by, "white", neurons, [WHITE]) for by, neurons in with_images.items() if neurons] + on_images


def _texts(answers: Answers, asked: Asked, times: float) -> list[str]:
    """The answers, all images of one neuron after those of another."""
    unsteered = {image: Setting(image, PROMPT) for image in asked.images}
    alphas = {neuron: times * strength(answers.atlas, neuron, "insertion") for neuron in asked.neurons}
    steered = [
        before._replace(neuron=neuron, arm=PAPERS, alpha=alpha) if times else before
        for neuron, alpha in alphas.items()
        for before in unsteered.values()
    ]
    return answers.texts(steered)


def _mean_images(atlas: Atlas, neurons: Sequence[int], embed: Callable[[list[str]], Tensor]) -> Float[Tensor, "n e"]:
    """The mean unit embedding of each neuron's strongest images: a text's cosine with it is the mean of its cosines with them."""
    tops = [[top.image for top in atlas.top_images(neuron)] for neuron in neurons]
    images = sorted({image for some in tops for image in some})
    rows = {image: row for row, image in enumerate(images)}
    images_me = normalize(embed(images).float(), dim=1)
    return torch.stack([images_me[[rows[image] for image in some]].mean(0) for some in tops])


class Nearness(NamedTuple):
    """How near texts are to neurons' images."""

    words: dict[str, Tensor]  # unit embedding of each text
    images: dict[int, Tensor]  # mean unit embedding of each neuron's images

    def of(self, texts: Sequence[str], neurons: Sequence[int]) -> Float[np.ndarray, " n"]:
        """The cosine of each text with its neuron's images."""
        pairs = zip(texts, neurons, strict=True)
        return np.array([float(self.words[text] @ self.images[neuron]) for text, neuron in pairs])


def _rows(
    asked: Asked, texts: Mapping[float, list[str]], named: Mapping[int, str], near: Nearness
) -> Iterator[tuple[object, ...]]:
    neurons, count = asked.neurons, len(asked.images)

    def row(on: str, times: float, values: Float[np.ndarray, " n"]) -> tuple[object, ...]:
        return (asked.chosen, on, times, len(values), count, *interval(values))

    def by_neuron(times: float, of: Sequence[int]) -> Float[np.ndarray, " n"]:
        return near.of(texts[times], np.repeat(of, count).tolist()).reshape(-1, count).mean(1)

    yield from (row(asked.on, times, by_neuron(times, neurons)) for times in texts)
    if asked.on == "white":
        yield row("other neurons", MATCHED, by_neuron(MATCHED, [*neurons[1:], *neurons[:1]]))
        own = [neuron for neuron in neurons if neuron in named]
        yield row("names", np.nan, near.of([named[neuron] for neuron in own], own))
