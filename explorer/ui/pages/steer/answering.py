"""From a view of the Steer page to its answers, as they come: an atlas's neuron set inside a vision-language model."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TypeVar

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.operations.images import NamedImage
from explorer.operations.prepared import steer_or_recall
from explorer.operations.steer import SteeredAnswers, Steering
from explorer.operations.strip import StripAnswer, strip
from explorer.operations.verdicts import Verdict, verdicts
from explorer.ui.address import link
from explorer.ui.context import Context
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.answers import Answered, AtAlpha, Beside, alpha_words
from explorer.ui.pages.steer.kept import kept
from explorer.ui.pages.steer.view import PATH, SteerView
from explorer.ui.parts.image_input import foreign
from explorer.ui.parts.numbers import neuron_id

T = TypeVar("T")
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


def answering(context: Context, atlas: Atlas, view: SteerView, image: AskedImage) -> Iterator[Answered]:
    """First what holds the place, then the unsteered answer, the steered one beside it, and those that it is held against.

    Raises:
        UserError: if the models cannot be loaded, or do not fit the atlas.
    """
    assert context.vlm is not None
    steered = f"“{view.word or words.UNNAMED}”" if view.concept else neuron_id(view.neuron)
    how = f"{steered} at {alpha_words(view.alpha, view.range.strongest)}"
    shown = Answered(how, beside=_beside(view, SteeredAnswers()), concept=bool(view.concept))
    if not context.pool.can_steer_now(atlas, context.vlm):
        yield replace(shown, notes=(words.LOADING,))
    fields = ("neuron", "alpha", "length", "temperature", "seed", "keep_error", "controls", "where", "concept")
    asked = Steering(prompt=context.prompt(view.prompt), **{name: getattr(view, name) for name in fields})
    for answers in _paced(steer_or_recall(context.pool, atlas, context.vlm, NamedImage(image.key, image.load), asked)):
        shown = replace(
            shown,
            notes=shown.notes if shown.unsteered is not None else tuple(_notes(atlas, answers, image)),
            unsteered=answers.unsteered,
            steered=answers.steered,
            unmoved=answers.moved == 0,
            beside=_beside(view, answers),
            verdicts=_by_answer(answers.verdicts),
            kept=kept(atlas, view, "" if image.own else image.key, asked, answers) if answers.done else None,
            first_ms=answers.first_token_ms,
            done=answers.done and not view.strip,
        )
        yield shown
    if view.strip:
        yield from _stripped(context, atlas, view, image, asked, shown)


def _stripped(
    context: Context, atlas: Atlas, view: SteerView, image: AskedImage, asked: Steering, shown: Answered
) -> Iterator[Answered]:
    """The answers and, below them, those at several α."""
    assert context.vlm is not None
    named, places = NamedImage(image.key, image.load), [_at(atlas, view, alpha) for alpha in view.strip_alphas]
    yield replace(shown, strip=[place(None) for place in places])
    answers: Sequence[StripAnswer] = ()
    for answers in _spaced(strip(context.pool, atlas, context.vlm, named, asked, view.strip_alphas)):
        shown = replace(shown, strip=[place(one.answer) for place, one in zip(places, answers, strict=True)])
        yield shown
    texts = {str(at): one.answer for at, one in enumerate(answers)}
    judged_by = () if view.concept else verdicts(context.pool, atlas, view.neuron, asked.prompt, texts, shown.unsteered)
    found = _by_answer(judged_by)
    judged = [one._replace(verdict=found.get(str(at))) for at, one in enumerate(shown.strip)]
    yield replace(shown, strip=judged, kept=shown.kept and shown.kept.with_strip(answers, found), done=True)


def _by_answer(found: Iterable[Verdict]) -> dict[str, Verdict]:
    return {verdict.answer: verdict for verdict in found}


def _at(atlas: Atlas, view: SteerView, alpha: float) -> Callable[[str | None], AtAlpha]:
    """An answer at one α, with the link that sets it."""
    how = alpha_words(alpha, view.range.strongest)
    return partial(AtAlpha, how, link(PATH, atlas, alpha=f"{alpha:.6g}"), alpha == view.alpha)


def _beside(view: SteerView, answers: SteeredAnswers) -> tuple[Beside, ...]:
    """What the steered answer is held against."""
    shown = [] if view.keep_error or view.concept else [("reconstructed", words.RECONSTRUCTED, words.RECONSTRUCTED_WHY)]
    if view.controls:
        shown += [("diff_mean", words.DIFF_MEAN, words.DIFF_MEAN_WHY), ("random", words.RANDOM, words.RANDOM_WHY)]
    found = _by_answer(answers.verdicts)
    return tuple(Beside(title, why, getattr(answers, name), found.get(name)) for name, title, why in shown)


def _notes(atlas: Atlas, answers: SteeredAnswers, image: AskedImage) -> Iterator[str]:
    """What a reader should know before taking the answers at their word."""
    if not answers.same_tower:
        yield words.OTHER_WEIGHTS.format(model=answers.model, encoder=atlas.manifest.encoder.name)
    if answers.unknown_words:
        unknown = ", ".join(f"“{word}”" for word in answers.unknown_words)
        yield words.UNKNOWN_WORDS.format(model=answers.model, words=unknown)
    if image.own:
        yield from _foreign(atlas, image)


@lru_cache(maxsize=64)
def _foreign(atlas: Atlas, image: AskedImage) -> list[str]:
    """The same sentence for every move of the slider: the picture is unpacked for it once."""
    return foreign(atlas, image.load())


def _spaced(steps: Iterator[T]) -> Iterator[T]:
    """The first step, the last, and of the others what a browser can draw."""
    sent, waiting = -PAUSE_S, None
    with closing(steps):  # type: ignore[type-var]  # a generator
        for step in steps:
            waiting = step
            if time.perf_counter() - sent >= PAUSE_S:
                yield step
                sent, waiting = time.perf_counter(), None
    if waiting is not None:
        yield waiting


def _paced(pieces: Iterator[SteeredAnswers]) -> Iterator[SteeredAnswers]:
    """The first of every answer and the last of all at once, and of the others what a browser can draw."""
    sent, shown = -PAUSE_S, SteeredAnswers()
    with closing(pieces):  # type: ignore[type-var]  # a generator
        for piece in pieces:
            begins = _begun(piece) != _begun(shown)
            if begins or piece.done or time.perf_counter() - sent >= PAUSE_S:
                yield piece
                sent, shown = time.perf_counter(), piece


def _begun(answers: SteeredAnswers) -> list[bool]:
    texts = (answers.unsteered, answers.steered, answers.reconstructed, answers.diff_mean, answers.random)
    return [text is not None for text in texts]
