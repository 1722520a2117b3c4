"""Stage 5, describe: which neurons change what a vision-language model says, and to what.

Each living neuron is raised on a few of the atlas's pictures, and the model is asked what it sees. The word that comes up anew in
most answers, and does not for most other neurons as well, is what the neuron steers to. Then it is lowered on pictures where the
model says that word by itself: a neuron that steers takes it away. Neurons chosen by their effect on the output steer two to
three times better than those chosen by what they fire on (arXiv 2505.20063).
"""

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import tyro
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import NEURONS, replace_neurons
from explorer.atlas.pictures import decode_picture
from explorer.models.steerer import Steerer, load_steerer
from explorer.models.steering import SteeringSpec
from explorer.models.vlm import Sampling
from precompute.options import at_least
from precompute.record import request_key

STRENGTHS = (1.0, 2.0)  # of its strongest activation: a neuron is raised to each, and the better one is kept
CLEAR = 0.5  # of the pictures: a word that comes up in fewer is none that the neuron steers to
Words = frozenset[str]


class Raised(NamedTuple):
    """What raising a neuron does."""

    word: str  # "" if none comes up clearly
    share: float  # of the pictures it comes up on, less the share of other neurons for which it does as well
    strength: float  # of its strongest activation


@dataclass(frozen=True)
class Describe:
    """Find out which neurons of an atlas steer a vision-language model, and write it into the atlas.

    Example: python -m precompute describe atlases/photos-patches --vlm llava-hf/llava-1.5-7b-hf
    """

    atlas: Annotated[Path, tyro.conf.Positional]
    """An atlas whose tap is the one that the model reads."""
    vlm: str
    """The model, of LLaVA's kind: Hub id or directory."""
    prompt: str = "describe the image."
    """What it is asked."""
    pictures: int = 4
    """Pictures that each neuron is tried on."""
    length: int = 40
    """Tokens of an answer, at most."""
    seed: int = 0
    """Of the choice of pictures."""
    work: Path = Path("work")
    """Where answers are kept until all are there."""


def run(ask: Describe) -> None:
    """Raise, choose words, lower, write.

    Raises:
        UserError: if there is no such atlas or model, or the one does not fit the other.
    """
    at_least(1, pictures=ask.pictures, length=ask.length)
    atlas = Atlas(ask.atlas)
    trial = Trial(atlas, load_steerer(atlas, ask.vlm), ask)
    alive = np.flatnonzero(atlas.neurons["max"].to_numpy() > 0).tolist()
    plain = trial.pictures()
    said = {(n, s): [trial.words(image, n, s) for image in plain] for n in tqdm(alive, **_bar("raise")) for s in STRENGTHS}
    raised = choose_words(said, [trial.words(image) for image in plain])
    gone = {n: trial.gone(n, raised[n].word) for n in tqdm(alive, **_bar("lower")) if raised[n].word}
    rows = [(raised[n], min(raised[n].share, gone[n])) if n in gone else (Raised("", 0.0, 0.0), 0.0) for n in alive]
    replace_neurons(atlas.directory, _with(pq.read_table(atlas.directory / NEURONS), alive, rows))
    trial.file.unlink(missing_ok=True)
    clear = sum(share >= CLEAR for _, share in rows)
    print(f"describe: {clear:,} of {len(alive):,} living neurons of atlas {atlas.name} steer {trial.steerer.vlm.name}")


class Trial:
    """Answers of the model, each asked for once: what was said before a kill is read back."""

    def __init__(self, atlas: Atlas, steerer: Steerer, ask: Describe) -> None:
        self.atlas, self.steerer, self.ask = atlas, steerer, ask
        request = {name: value for name, value in asdict(ask).items() if name not in ("atlas", "work")}
        key = request_key(request | {"sae": atlas.manifest.sae.sha256})
        self.file = ask.work / f"describe-{atlas.name}-{key}.jsonl"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.is_file() else []
        self._said: dict[str, Words] = {about: frozenset(words) for about, words in map(json.loads, lines)}

    def pictures(self) -> list[str]:
        """Pictures by lot."""
        keys = sorted(self.atlas.images)
        return np.random.default_rng(self.ask.seed).choice(keys, min(self.ask.pictures, len(keys)), replace=False).tolist()

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
            return decode_picture(self.atlas.images.thumbnail(image) or b"")

        if neuron is None:
            answers = self.steerer.unsteered(image, picture, self.ask.prompt, sampling)
        else:
            alpha = strength * float(self.atlas.neurons["max"].iat[neuron])
            answers = self.steerer.answer(image, picture, self.ask.prompt, sampling, SteeringSpec(neuron, alpha))
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
    return {neuron: raised if raised.share >= CLEAR else Raised("", 0.0, 0.0) for neuron, raised in best.items()}


def _new_shares(words: Sequence[Words], unsteered: Sequence[Words]) -> dict[str, float]:
    """For each word that comes up, the share of pictures that it comes up on, of those where it was not said anyway."""
    could = {word: sum(word not in before for before in unsteered) for word in frozenset().union(*words)}
    new = Counter(word for after, before in zip(words, unsteered, strict=True) for word in after - before)
    return {word: count / could[word] for word, count in new.items() if 2 * could[word] > len(unsteered)}


def _with(table: pa.Table, alive: list[int], rows: list[tuple[Raised, float]]) -> pa.Table:
    frame = table.to_pandas()
    frame["steers"], frame["steerability"], frame["steer_alpha"] = "", 0.0, np.nan
    for neuron, (raised, share) in zip(alive, rows, strict=True):
        alpha = raised.strength * frame["max"].iat[neuron] if raised.word else np.nan
        frame.loc[neuron, ["steers", "steerability", "steer_alpha"]] = [raised.word, share, alpha]
    return pa.Table.from_pandas(frame, table.schema, preserve_index=False)


def last(texts: Iterable[str]) -> str:
    """What was said in the end, of what a model says token by token."""
    return next(iter(deque(texts, maxlen=1)), "")


def _bar(what: str) -> dict[str, object]:
    return {"unit": "neuron", "desc": what, "dynamic_ncols": True}
