"""Names from steering: which neurons change what a vision-language model says, and to what.

Each living neuron is raised on a white picture and a few of the atlas's, and the model is asked what it sees. The word that comes
up anew in most answers, and does not for most other neurons as well, is what the neuron steers to. Then it is lowered on pictures
where the model says that word by itself: a neuron that steers takes it away. Neurons chosen by their effect on the output steer
two to three times better than those chosen by what they fire on (arXiv 2505.20063).
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import STEERS
from explorer.atlas.pictures import decode_picture
from explorer.models.steerer import Steerer
from explorer.models.steering import SteeringSpec
from explorer.models.vlm import Sampling
from precompute.stage_record import request_key

STRENGTHS = (1.0, 2.0, 4.0)  # of its strongest activation: a neuron is raised to each, and the best one is kept
WHITE = "white"  # stands for the white picture, among the hashes of others
WHITE_SIDE = 336  # pixels
Words = frozenset[str]


class Raised(NamedTuple):
    """What raising a neuron does."""

    word: str  # "" if none comes up clearly
    share: float  # of the pictures it comes up on, less the share of other neurons for which it does as well
    strength: float  # of its strongest activation


class Effects(NamedTuple):
    """What every neuron does to the answers."""

    words: list[str]  # that raising it brings; "" where none
    shares: np.ndarray  # of the pictures on which it brings that word, or takes it away if that is less; 0 where none
    alphas: np.ndarray  # activation it was raised to for that; NaN where none


@dataclass(frozen=True)
class Ask:
    """What decides the answers."""

    prompt: str
    pictures: int  # of the atlas, on which each neuron is raised, and lowered
    length: int  # tokens of an answer, at most
    seed: int  # of the choice of pictures


def effects(trial: "Trial") -> Effects:
    """Raise every living neuron, choose its word, lower it."""
    alive, plain = trial.alive(), trial.pictures()
    said = {(n, s): [trial.words(image, n, s) for image in plain] for n in tqdm(alive, **_bar("raise")) for s in STRENGTHS}
    raised = choose_words(said, [trial.words(image) for image in plain])
    gone = {n: trial.gone(n, raised[n].word) for n in tqdm(alive, **_bar("lower")) if raised[n].word}
    count = len(trial.atlas)
    found = Effects([""] * count, np.zeros(count, np.float32), np.full(count, np.nan, np.float32))
    for neuron, away in gone.items():
        found.words[neuron] = raised[neuron].word
        found.shares[neuron] = min(raised[neuron].share, away)
        found.alphas[neuron] = raised[neuron].strength * trial.strongest(neuron)
    return found


class Trial:
    """Answers of the model, each asked for once: what was said before a kill is read back."""

    def __init__(self, atlas: Atlas, steerer: Steerer, ask: Ask, work: Path) -> None:
        self.atlas, self.steerer, self.ask = atlas, steerer, ask
        key = request_key(asdict(ask) | {"vlm": steerer.vlm.name, "sae": atlas.manifest.sae.sha256})
        self.file = work / f"describe-{atlas.name}-{key}.jsonl"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True) if self.file.is_file() else []
        whole = [json.loads(line) for line in lines if line.endswith("\n")]  # the last one may have been cut off
        self._said: dict[str, Words] = {about: frozenset(words) for about, words in whole}

    def alive(self) -> list[int]:
        return np.flatnonzero(self.atlas.neurons["max"].to_numpy() > 0).tolist()

    def strongest(self, neuron: int) -> float:
        return float(self.atlas.neurons["max"].iat[neuron])

    def pictures(self) -> list[str]:
        """The white picture, and others by lot."""
        keys = sorted(self.atlas.images)
        drawn = np.random.default_rng(self.ask.seed).choice(keys, min(self.ask.pictures, len(keys)), replace=False)
        return [WHITE, *drawn.tolist()]

    def words(self, image: str, neuron: int | None = None, strength: float = 0.0) -> Words:
        """The words of an answer; with a neuron, while it is set to `strength` times its strongest activation."""
        about = f"{image} {neuron} {strength}"
        if about not in self._said:
            self._said[about] = frozenset(re.findall(r"[^\W\d_]+", self._answer(image, neuron, strength).lower()))
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([about, sorted(self._said[about])]) + "\n")
        return self._said[about]

    def gone(self, neuron: int, word: str) -> float:
        """Of the neuron's pictures that the model says the word of, the share where it does not once the neuron is lowered."""
        said = [top.image for top in self.atlas.tops(neuron) if word in self.words(top.image)][: self.ask.pictures]
        return sum(word not in self.words(image, neuron, -1.0) for image in said) / len(said) if said else 0.0

    def _answer(self, image: str, neuron: int | None, strength: float) -> str:
        sampling = Sampling(length=self.ask.length)

        def picture() -> Image.Image:
            if image == WHITE:
                return Image.new("RGB", (WHITE_SIDE, WHITE_SIDE), "white")
            return decode_picture(self.atlas.images.thumbnail(image) or b"")

        if neuron is None:
            answers = self.steerer.unsteered(image, picture, self.ask.prompt, sampling)
        else:
            spec = SteeringSpec(neuron, strength * self.strongest(neuron))
            answers = self.steerer.answer(image, picture, self.ask.prompt, sampling, spec)
        return last(answers)


def choose_words(said: Mapping[tuple[int, float], Sequence[Words]], unsteered: Sequence[Words]) -> dict[int, Raised]:
    """For every neuron, the word that raising it brings.

    Args:
        said: words on each picture, by neuron and strength.
        unsteered: words on each picture without steering.
    """
    shares = {about: _new_shares(words, unsteered) for about, words in said.items()}
    common = {s: Counter[str]() for s in {strength for _, strength in said}}
    for (_, strength), new in shares.items():
        common[strength].update(new)  # a Counter adds up any number
    neurons = {s: sum(strength == s for _, strength in said) for s in common}
    best: dict[int, Raised] = {}
    for (neuron, strength), new in shares.items():
        found = [
            Raised(word, share - common[strength][word] / neurons[strength], strength) for word, share in sorted(new.items())
        ]
        best[neuron] = max([best.get(neuron, Raised("", 0.0, 0.0)), *found], key=lambda raised: raised.share)
    return {neuron: raised if raised.share >= STEERS else Raised("", 0.0, 0.0) for neuron, raised in best.items()}


def _new_shares(words: Sequence[Words], unsteered: Sequence[Words]) -> dict[str, float]:
    """For each word that comes up, the share of pictures that it comes up on, of those where it was not said anyway."""
    could = {word: sum(word not in before for before in unsteered) for word in frozenset().union(*words)}
    new = Counter(word for after, before in zip(words, unsteered, strict=True) for word in after - before)
    return {word: count / could[word] for word, count in new.items() if 2 * could[word] > len(unsteered)}


def last(texts: Iterable[str]) -> str:
    """What was said in the end, of what a model says token by token."""
    return next(iter(deque(texts, maxlen=1)), "")


def _bar(what: str) -> dict[str, Any]:
    return {"unit": "neuron", "desc": what, "dynamic_ncols": True}
