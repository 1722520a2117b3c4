"""Names from steering: the word that raising a neuron brings into a vision-language model's answers.

Each living neuron is raised on a white image and on a few images of the atlas, and the model answers a prompt about each. The
word that is new in most answers, and is not new in most answers for other neurons too, is the neuron's word. Then the neuron is
lowered on images whose unsteered answer has that word; a neuron that steers removes it. Neurons chosen by their effect on the
output steer two to three times better than neurons chosen by what they fire on (arXiv 2505.20063).
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import STEERS
from explorer.atlas.pictures import decode_picture
from explorer.models.steering.spec import SteeringSpec
from explorer.models.steering.steerer import Steerer
from explorer.models.vlm.model import Sampling
from precompute.stage_record import request_key

# Multiples of a neuron's strongest activation; it is raised to each, and the best one is kept, of equal ones the first here. At
# its strongest, a neuron of Storybook replaces what an image shows and puts nothing into an empty scene; at twice that it does.
STRENGTHS = (2.0, 1.0, 4.0)
FUNCTION_WORDS = frozenset(  # a neuron may bring these, and is not named after them
    Path(__file__).with_name("function_words.txt").read_text(encoding="utf-8").split()
)
WORDS = 8  # that raising a neuron brings, kept of each neuron
OFTEN = 0.3  # how much oftener than for the mean neuron such a word must come, as a share of the pictures: one of five is chance
WHITE = "white"  # the key of the white image, beside the hashes of others
WHITE_SIDE = 336  # pixels
Words = frozenset[str]


class Raised(NamedTuple):
    """The effect of raising one neuron."""

    word: str  # "" if no word is clear
    share: float  # of the images on which the word is new, less the mean of that share over all neurons
    strength: float  # multiple of its strongest activation
    said: tuple[tuple[str, float], ...] = ()  # all words that clearly come at that strength, oftenest first, with their shares


class Effects(NamedTuple):
    """The effect of every neuron on the answers."""

    words: list[str]  # that raising it brings; "" where none
    shares: np.ndarray  # of the images on which it brings that word, or on which it removes it, the lesser; 0 where none
    alphas: np.ndarray  # activation that it was raised to; NaN where none
    said: list[tuple[tuple[str, float], ...]]  # the words that clearly come then, and the share of images on which each is new


@dataclass(frozen=True)
class TrialConfig:
    """The settings that decide the answers."""

    prompt: str
    images: int  # of the atlas, on which each neuron is raised, and lowered
    length: int  # most tokens of an answer
    seed: int  # of the choice of images

    def request(self) -> dict[str, Any]:
        """Return the settings by the names from which the name of the answers' file is made."""
        return {"prompt": self.prompt, "pictures": self.images, "length": self.length, "seed": self.seed}


def effects(trial: "Trial") -> Effects:
    """Raise every living neuron, choose its word, and lower it."""
    alive, images = trial.alive(), trial.images()
    answers = {(n, s): [trial.words(image, n, s) for image in images] for n in tqdm(alive, **_bar("raise")) for s in STRENGTHS}
    raised = choose_words(answers, [trial.words(image) for image in images])
    removed = {n: trial.removed(n, raised[n].word) for n in tqdm(alive, **_bar("lower")) if raised[n].word}
    count = len(trial.atlas)
    steered = Effects([""] * count, np.zeros(count, np.float32), np.full(count, np.nan, np.float32), [()] * count)
    for neuron, share in removed.items():
        steered.words[neuron] = raised[neuron].word
        steered.shares[neuron] = min(raised[neuron].share, share)
        steered.alphas[neuron] = raised[neuron].strength * trial.strongest(neuron)
        steered.said[neuron] = raised[neuron].said
    return steered


class Trial:
    """The model's answers, each generated once and kept in a file; a run after a kill reads them back."""

    def __init__(self, atlas: Atlas, steerer: Steerer, config: TrialConfig, work: Path) -> None:
        self.atlas, self.steerer, self.config = atlas, steerer, config
        key = request_key(config.request() | {"vlm": steerer.vlm.name, "sae": atlas.manifest.sae.sha256})
        self.file = work / f"describe-{atlas.name}-{key}.jsonl"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True) if self.file.is_file() else []
        whole = [json.loads(line) for line in lines if line.endswith("\n")]  # a kill may have cut off the last line
        self._answers: dict[str, Words] = {key: frozenset(words) for key, words in whole}

    def alive(self) -> list[int]:
        """Return the neurons that fire on some image."""
        return np.flatnonzero(self.atlas.neurons["max"].to_numpy() > 0).tolist()

    def strongest(self, neuron: int) -> float:
        """Return the largest activation of a neuron on the atlas's images."""
        return float(self.atlas.neurons["max"].iat[neuron])

    def images(self) -> list[str]:
        """Return the white image and a random choice of the atlas's."""
        keys = sorted(self.atlas.images)
        drawn = np.random.default_rng(self.config.seed).choice(keys, min(self.config.images, len(keys)), replace=False)
        return [WHITE, *drawn.tolist()]

    def words(self, image: str, neuron: int | None = None, strength: float = 0.0) -> Words:
        """Return the words of an answer; with a neuron, while it is set to `strength` times its strongest activation."""
        key = f"{image} {neuron} {strength}"
        if key not in self._answers:
            self._answers[key] = frozenset(re.findall(r"[^\W\d_]+", self._answer(image, neuron, strength).lower()))
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, sorted(self._answers[key])]) + "\n")
        return self._answers[key]

    def removed(self, neuron: int, word: str) -> float:
        """Of the neuron's top images whose answer has the word, return the share on which lowering the neuron removes it."""
        images = [top.image for top in self.atlas.top_images(neuron) if word in self.words(top.image)][: self.config.images]
        return sum(word not in self.words(image, neuron, -1.0) for image in images) / len(images) if images else 0.0

    def _answer(self, image: str, neuron: int | None, strength: float) -> str:
        sampling = Sampling(length=self.config.length)

        def decoded() -> Image.Image:
            if image == WHITE:
                return Image.new("RGB", (WHITE_SIDE, WHITE_SIDE), "white")
            return decode_picture(self.atlas.images.thumbnail(image) or b"")

        if neuron is None:
            answers = self.steerer.unsteered(image, decoded, self.config.prompt, sampling)
        else:
            spec = SteeringSpec(neuron, strength * self.strongest(neuron))
            answers = self.steerer.steered(image, decoded, self.config.prompt, sampling, spec)
        return last(answers)


def choose_words(answers: Mapping[tuple[int, float], Sequence[Words]], unsteered: Sequence[Words]) -> dict[int, Raised]:
    """Choose for every neuron the word that raising it brings.

    Args:
        answers: words on each image, by neuron and strength.
        unsteered: words on each image without steering.
    """
    shares = {key: _new_shares(words, unsteered) for key, words in answers.items()}
    common = {s: Counter[str]() for s in {strength for _, strength in answers}}
    for (_, strength), new in shares.items():
        common[strength].update(new)  # adds up the shares
    neurons = {s: sum(strength == s for _, strength in answers) for s in common}
    usual = {s: {word: total / neurons[s] for word, total in words.items()} for s, words in common.items()}
    best: dict[int, Raised] = {}
    for (neuron, strength), new in shares.items():
        candidates = [
            Raised(word, share - usual[strength][word], strength)
            for word, share in sorted(new.items())
            if word not in FUNCTION_WORDS
        ]
        best[neuron] = max([best.get(neuron, Raised("", 0.0, 0.0)), *candidates], key=lambda raised: raised.share)
    clear = {neuron: raised for neuron, raised in best.items() if raised.share >= STEERS}
    said = {neuron: _said(shares[neuron, raised.strength], usual[raised.strength]) for neuron, raised in clear.items()}
    return {neuron: clear[neuron]._replace(said=said[neuron]) if neuron in clear else Raised("", 0.0, 0.0) for neuron in best}


def _said(new: Mapping[str, float], usual: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Of the new words those that come clearly oftener than usual, oftenest first."""
    brought = [(word, share) for word, share in new.items() if word not in FUNCTION_WORDS and share - usual[word] >= OFTEN]
    return tuple(sorted(brought, key=lambda pair: (-pair[1], pair[0]))[:WORDS])


def _new_shares(words: Sequence[Words], unsteered: Sequence[Words]) -> dict[str, float]:
    """For each new word, the share of images on which it is new, of those whose unsteered answer lacks it."""
    possible = {word: sum(word not in before for before in unsteered) for word in frozenset().union(*words)}
    new = Counter(word for after, before in zip(words, unsteered, strict=True) for word in after - before)
    return {word: count / possible[word] for word, count in new.items() if 2 * possible[word] > len(unsteered)}


def last(texts: Iterable[str]) -> str:
    """Return the whole answer: the last of the texts that a model streams."""
    return next(iter(deque(texts, maxlen=1)), "")


def _bar(name: str) -> dict[str, Any]:
    return {"unit": "neuron", "desc": name, "dynamic_ncols": True}
