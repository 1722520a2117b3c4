"""Insertion and suppression of one neuron, judged: by arm and strength, the share of answers that meet each criterion."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import pandas as pd

from explorer.models.judges.judge import Answer, Judge
from explorer.operations.images import WHITE
from precompute.evaluate.steering.answers import Answers, Setting
from precompute.evaluate.steering.plan import LOWERED, RAISED, Plan, images_of, strength

COLUMNS = ("task", "neuron", "arm", "times", "answers", "concept", "kept", "both")


def trial(neuron: int, arms: Sequence[str], plan: Plan, answers: Answers, judge: Judge) -> pd.DataFrame:
    """The shares of one neuron, a row for each task, arm and strength: COLUMNS.

    `concept` is the share of answers in which raising brings the concept, or lowering removes it; `kept` that in which the prompt
    is still followed, or an unrelated image still described as rightly; `both` that in which both hold. A task is left out where
    the judge does not know what the neuron is about, or no image's description says it.
    """
    if not judge.concept(neuron):
        return pd.DataFrame(columns=COLUMNS)
    parts = (_insertion(neuron, arms, plan, answers, judge), _suppression(neuron, arms, plan, answers, judge))
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


def _insertion(neuron: int, arms: Sequence[str], plan: Plan, answers: Answers, judge: Judge) -> Iterable[tuple[object, ...]]:
    """Raised on the white image, under every prompt."""
    alpha, pushes = strength(answers.atlas, neuron, "insertion"), list(product(arms, RAISED))
    found = _answers(answers, [(WHITE, prompt) for prompt in plan.prompts], neuron, alpha, pushes)
    brought, followed = judge.says(neuron, found), judge.followed(found)
    return _rows("insertion", neuron, pushes, brought, followed)


def _suppression(neuron: int, arms: Sequence[str], plan: Plan, answers: Answers, judge: Judge) -> Iterable[tuple[object, ...]]:
    """Lowered on images with the concept, and on as many unrelated ones."""
    images = images_of(answers.atlas, neuron, plan, answers, judge)
    if not images.with_it:
        return ()
    alpha, pushes = strength(answers.atlas, neuron, "suppression"), list(product(arms, LOWERED))
    with_it, unrelated = (
        _answers(answers, [(image, plan.describe) for image in group], neuron, alpha, pushes) for group in images
    )
    gone = [not said for said in judge.says(neuron, with_it)]
    return _rows("suppression", neuron, pushes, gone, judge.kept(unrelated))


def _answers(
    answers: Answers, asked: Sequence[tuple[str, str]], neuron: int, alpha: float, pushes: Sequence[tuple[str, float]]
) -> list[Answer]:
    """The answers about images under prompts, all of one push after all of another."""
    unsteered = answers.texts([Setting(*question) for question in asked])
    texts = answers.texts([Setting(*question, neuron, arm, times * alpha) for arm, times in pushes for question in asked])
    questions = zip([*asked] * len(pushes), texts, unsteered * len(pushes), strict=True)
    return [Answer(image, prompt, text, before) for (image, prompt), text, before in questions]


def _rows(
    task: str, neuron: int, pushes: Sequence[tuple[str, float]], concept: Sequence[bool], kept: Sequence[bool]
) -> Iterable[tuple[object, ...]]:
    judged = np.array([concept, kept]).reshape(2, len(pushes), -1)
    each = [*judged.mean(2), judged.all(0).mean(1)]
    for (arm, times), *shares in zip(pushes, *each, strict=True):
        yield (task, neuron, arm, times, judged.shape[2], *shares)
