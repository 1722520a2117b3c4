"""A vision-language model's answers with neurons raised and lowered, each generated once and kept in a file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.models.steering.spec import SteeringSpec
from explorer.models.vlm.sampling import Sampling
from explorer.operations.answers import Ask, Question
from explorer.operations.first_questions import best_images
from explorer.operations.images import WHITE, atlas_image
from precompute.kept_answers import KeptAnswers
from precompute.stage_record import request_key

TOGETHER = 32  # answers generated at once


class Setting(NamedTuple):
    """An image, and what is done to the model that answers about it."""

    image: str
    neuron: int | None = None
    strength: float = 0.0
    """Multiple of the neuron's strongest activation that it is set to."""


@dataclass(frozen=True)
class TrialConfig:
    """The settings that decide the answers."""

    prompt: str
    images: int  # of the atlas, on which each neuron is raised, and lowered
    length: int  # most tokens of an answer
    seed: int  # of the choice of images
    where: Where  # the patches that a neuron is raised on; lowered it is on all, for a thing may reach to the rim

    def request(self) -> dict[str, Any]:
        """Return the settings by the names from which the name of the answers' file is made."""
        asked = {"prompt": self.prompt, "pictures": self.images, "length": self.length, "seed": self.seed}
        return asked | {"where": self.where, "kept": "texts"}


class Trial:
    """The answers of one model about one atlas's images; a run after a kill reads them back.

    Args:
        model: the name that its answers are kept by.
        ask: puts questions to it.
        work: directory of their file.
    """

    def __init__(self, atlas: Atlas, model: str, ask: Ask, config: TrialConfig, work: Path) -> None:
        self.atlas, self.model, self.ask, self.config = atlas, model, ask, config
        key = request_key(config.request() | {"vlm": model, "sae": atlas.manifest.sae.sha256})
        self.file = work / f"describe-{atlas.name}-{key}.jsonl"
        self._texts = KeptAnswers(self.file, Setting)

    def alive(self) -> list[int]:
        """Return the neurons that fire on some image."""
        return np.flatnonzero(self.atlas.neurons["max"].to_numpy() > 0).tolist()

    def strongest(self, neuron: int) -> float:
        """Return the largest activation of a neuron on the atlas's images."""
        return float(self.atlas.neurons["max"].iat[neuron])

    def images(self) -> list[str]:
        """Return the white image, images that the Steer page begins with, and as many of a random choice of the atlas's."""
        first = best_images(self.atlas)[: self.config.images // 2]
        keys = sorted(set(self.atlas.images) - set(first))
        count = min(self.config.images - len(first), len(keys))
        return [WHITE, *first, *np.random.default_rng(self.config.seed).choice(keys, count, replace=False).tolist()]

    def texts(self, settings: Sequence[Setting]) -> list[str]:
        """Return the answer under each setting; those not yet known are generated together."""
        unknown = self._texts.missing(settings)
        for some in (unknown[start : start + TOGETHER] for start in range(0, len(unknown), TOGETHER)):
            *_, texts = self.ask(list(map(self._question, some)), self.config.prompt, Sampling(self.config.length))
            self._texts.keep(zip(some, texts, strict=True))
        return [self._texts[setting] for setting in settings]

    def removed(self, neuron: int, word: str) -> float:
        """Of the neuron's top images whose answer has the word, return the share on which lowering the neuron removes it."""
        images = self._saying(word, [top.image for top in self.atlas.top_images(neuron)])
        lowered = self.texts([Setting(image, neuron, -1.0) for image in images])
        return sum(word not in words(text) for text in lowered) / len(images) if images else 0.0

    def _saying(self, word: str, images: Sequence[str]) -> list[str]:
        """The first images whose unsteered answer has a word, as many as a neuron is lowered on; asked a few at a time."""
        found: list[str] = []
        for start in range(0, len(images), self.config.images):
            lot = images[start : start + self.config.images]
            found += [image for image, text in zip(lot, self.texts(list(map(Setting, lot))), strict=True) if word in words(text)]
            if len(found) >= self.config.images:
                break
        return found[: self.config.images]

    def _question(self, setting: Setting) -> Question:
        image = atlas_image(self.atlas, setting.image)
        if setting.neuron is None:
            return Question(image)
        alpha = setting.strength * self.strongest(setting.neuron)
        return Question(image, SteeringSpec(setting.neuron, alpha, where=self.config.where if alpha > 0 else "all"))


def words(text: str) -> frozenset[str]:
    """Return the different words of an answer, in lower case."""
    return frozenset(re.findall(r"[^\W\d_]+", text.lower()))
