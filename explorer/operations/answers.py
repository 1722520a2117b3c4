"""Answers: a prompt and several images, each steered in its own way or not at all → what a model says, generated together."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage

if TYPE_CHECKING:  # each loads torch
    from explorer.models.steering.spec import Spec
    from explorer.models.vlm.sampling import Sampling


class Question(NamedTuple):
    """What one answer of several is about."""

    image: NamedImage
    spec: "Spec | None" = None
    """What is set; None: nothing."""


Ask = Callable[[Sequence[Question], str, "Sampling"], Iterator[list[str]]]
"""`answers` of one atlas and model: `functools.partial(answers, pool, atlas, vlm)`."""


def answers(
    pool: ModelPool, atlas: Atlas, vlm: str, questions: Sequence[Question], prompt: str, sampling: "Sampling"
) -> Iterator[list[str]]:
    """The answers to one prompt, in the order of the questions: after every token, all of them so far; known ones come whole.

    Args:
        vlm: the vision-language model, by Hub id or directory.

    Raises:
        UserError: if the models cannot be loaded, do not fit the atlas or memory, or a neuron, a patch or an image is not there.
    """
    from explorer.models.steering.steerer import Asked

    asked = [Asked(image.key, image.load, spec) for image, spec in questions]
    with pool.steering(atlas, vlm) as steerer:
        for _ in pool.turns.each(chain.from_iterable(steerer.read_concept(one.spec) for one in asked if one.spec)):
            yield [""] * len(asked)  # an image of a concept was read: who has left is noticed here
        yield from pool.turns.each(steerer.together(asked, prompt, sampling))


def answering_model(pool: ModelPool, atlas: Atlas, vlm: str) -> str:
    """Load the model that is to answer, and give the name that its answers are told and kept by.

    Raises:
        UserError: if it cannot be loaded, or does not fit the atlas.
    """
    return pool.steerer(atlas, vlm).vlm.variant
