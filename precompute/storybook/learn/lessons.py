"""Lessons: captions, questions and answers about a batch of scenes, as token numbers.

A scene's texts follow each other in one row and share its image: [image][text 1][text 2]…, where each text attends to the image
and itself. The model reads the same in use, but here the image is read once for all texts.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from precompute.storybook.captions import CAPTION_PROMPTS, caption
from precompute.storybook.images import GRID
from precompute.storybook.instructions import FORMS, instructed
from precompute.storybook.kinds import KINDS
from precompute.storybook.learn.language import ANSWER, BOS, EOS, IDS, PAD
from precompute.storybook.questions import questions
from precompute.storybook.sample import sample_scene
from precompute.storybook.scene import COUNTS, Scene
from precompute.storybook.truth import all_attributes, attributes
from precompute.storybook.words import tokens

QUESTIONS = 5  # about each scene, each time it comes
INSTRUCTED = 0.4  # share of the times that an instruction comes in place of three of them, which are as long together
PREFIX = 1 + GRID * GRID  # [bos] and the image's patches
NOT_ASKED = -100  # cross-entropy leaves these out
FACTS = {name: i for i, name in enumerate((*all_attributes(), *(f"{n} {kind}" for kind in KINDS for n in COUNTS)))}


class Lesson(NamedTuple):
    """The texts of a batch: b scenes, l tokens of captions, t of texts, f facts."""

    captions_bl: Tensor
    words_bt: Tensor  # prompts and answers after the image
    answers_bt: Tensor  # what should come after each of them; NOT_ASKED in prompts
    places_bt: Tensor  # position as the model counts it: every text begins right after the image
    weights_bt: Tensor  # of an answer of n tokens 1/√n each: by token alone, a yes or no would weigh a tenth of a caption
    texts_bt: Tensor  # number of the text that a token belongs to, from 1; 0 is padding
    facts_bf: Tensor  # 1 where it is so, see FACTS

    def seen(self) -> Tensor:
        """Return (b, PREFIX + t, PREFIX + t): whether the row's token attends to the column's."""
        texts = torch.nn.functional.pad(self.texts_bt, (PREFIX, 0), value=-1)
        same = (texts[:, :, None] == texts[:, None, :]) | (texts == -1)[:, None, :]
        return same & torch.ones(same.shape[1:], dtype=torch.bool).tril()


def lesson(seeds: list[int], draw: int) -> Lesson:
    """Return the texts of these training scenes; they differ between values of `draw`."""
    scenes = [sample_scene(seed) for seed in seeds]
    captions_n = [caption(scene, draw) for scene in scenes]
    captions = _padded([[IDS[BOS], *_ids(text), IDS[EOS]] for text in captions_n], IDS[PAD])
    rows = [_row(_texts(scene, text, draw)) for scene, text in zip(scenes, captions_n, strict=True)]
    words, answers, places, weights, texts = (
        _padded(list(column), fill) for column, fill in zip(zip(*rows, strict=True), _FILL, strict=True)
    )
    facts_bf = np.zeros((len(scenes), len(FACTS)), np.float32)
    for row, scene in enumerate(scenes):
        facts_bf[row, [FACTS[fact] for fact in _facts(scene)]] = 1
    return Lesson(captions, words, answers, places, weights, texts, torch.from_numpy(facts_bf))


def _texts(scene: Scene, caption_text: str, draw: int) -> list[tuple[str, str]]:
    """Prompts and answers: the caption, and questions or an instruction."""
    rng = Random(f"lesson:{draw}:{scene.seed}")
    about = questions(scene, draw)
    tasks = [instructed(scene, rng.choice(list(FORMS)), draw)] if rng.random() < INSTRUCTED else []
    about = rng.sample(about, min(QUESTIONS - 3 * len(tasks), len(about)))
    texts = [*((q.text, q.answer) for q in about), *((task.prompt, task.text) for task in tasks)]
    return [(rng.choice(CAPTION_PROMPTS), caption_text), *texts]


def _row(texts: list[tuple[str, str]]) -> tuple[list[int], list[int], list[int], list[float], list[int]]:
    words, answers, places, weights, numbers = [], [], [], [], []
    for number, (prompt, answer) in enumerate(texts, 1):
        question, reply = [*_ids(prompt), IDS[ANSWER]], [*_ids(answer), IDS[EOS]]
        words += [*question, *reply[:-1]]
        answers += [*[NOT_ASKED] * (len(question) - 1), *reply]
        places += range(PREFIX, PREFIX + len(question) + len(reply) - 1)
        weights += [len(reply) ** -0.5] * (len(question) + len(reply) - 1)
        numbers += [number] * (len(question) + len(reply) - 1)
    return words, answers, places, weights, numbers


def _facts(scene: Scene) -> set[str]:
    counts = {kind: sum(bunch.count for bunch in scene.bunches if bunch.kind == kind) for kind in {b.kind for b in scene.bunches}}
    return {*attributes(scene), *(f"{min(n, max(COUNTS))} {kind}" for kind, n in counts.items())}


def _ids(text: str) -> list[int]:
    return [IDS[word] for word in tokens(text)]


def _padded(rows: Sequence[Sequence[float]], fill: float) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])


_FILL = (IDS[PAD], NOT_ASKED, PREFIX, 0.0, 0)
