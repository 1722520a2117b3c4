"""From a view of the Steer page to its two answers, as they come: an atlas's neuron set inside a vision-language model."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.ui.model_cache import Loaded
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.answers import Answered
from explorer.ui.pages.steer.controls import alpha_words
from explorer.ui.pages.steer.view import SteerView
from explorer.ui.parts.image_input import foreign
from explorer.ui.parts.numbers import neuron_id

if TYPE_CHECKING:  # importing it would load torch
    from explorer.models.steering.steerer import Steerer

PAUSE_S = 0.04  # between two pieces sent: browsers draw no faster, and every piece sent costs the model time


@dataclass(frozen=True)
class AskedImage:
    """What the model is asked about."""

    key: str
    """A content hash, or the name of an upload."""
    load: Callable[[], Image.Image] = field(compare=False)
    small: Callable[[], Image.Image] = field(compare=False)
    """For the page: no large picture is unpacked for it."""
    own: bool
    """The visitor's."""


def answering(steerers: "Loaded[Steerer]", atlas: Atlas, view: SteerView, image: AskedImage) -> Iterator[Answered]:
    """First what holds the place, then the unsteered answer, then the steered one beside it.

    Raises:
        UserError: if the models cannot be loaded, or do not fit the atlas.
    """
    so_far = Answered(f"{neuron_id(view.neuron)} at {alpha_words(view.alpha, view.range.strongest)}")
    if not steerers.ready(atlas):
        yield replace(so_far, notes=(words.LOADING,))
    steerer = steerers.of(atlas)  # first of all: the imports below are then done
    from explorer.models.steering.spec import SteeringSpec
    from explorer.models.vlm.model import Sampling

    about = (image.key, image.load, view.prompt, Sampling(view.length, view.temperature, view.seed))
    so_far = replace(so_far, notes=tuple(_notes(steerer, atlas, view, image)))
    for so_much in _paced(steerer.unsteered(*about)):
        so_far = replace(so_far, unsteered=so_much)
        yield so_far
    begun = time.perf_counter()
    for so_much in _paced(steerer.steered(*about, SteeringSpec(view.neuron, view.alpha))):
        so_far = replace(so_far, steered=so_much, first_ms=so_far.first_ms or 1000 * (time.perf_counter() - begun))
        yield so_far
    yield replace(so_far, done=True)


def _notes(steerer: "Steerer", atlas: Atlas, view: SteerView, image: AskedImage) -> Iterator[str]:
    """What a reader should know before taking the answers at their word."""
    if not steerer.same_tower:
        yield words.OTHER_WEIGHTS.format(model=steerer.vlm.name, encoder=atlas.manifest.encoder.name)
    if unknown := steerer.vlm.unknown_words(view.prompt):
        yield words.UNKNOWN_WORDS.format(model=steerer.vlm.name, words=", ".join(f"“{word}”" for word in unknown))
    if image.own:
        yield from _foreign(atlas, image)


@lru_cache(maxsize=64)
def _foreign(atlas: Atlas, image: AskedImage) -> list[str]:
    """The same sentence for every move of the slider: the picture is unpacked for it once."""
    return foreign(atlas, image.load())


def _paced(pieces: Iterator[str]) -> Iterator[str]:
    """The first piece at once, the last one surely, and of the others what a browser can draw."""
    sent, waiting = -PAUSE_S, None
    for piece in pieces:
        waiting = piece
        if time.perf_counter() - sent >= PAUSE_S:
            yield piece
            sent, waiting = time.perf_counter(), None
    if waiting is not None:
        yield waiting
