"""Steer: an image and a prompt → what a vision-language model says with neurons set, beside what it says without."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, get_args

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage
from explorer.operations.results import Result
from explorer.operations.verdicts import Verdict, verdicts

if TYPE_CHECKING:  # each loads torch
    from explorer.models.steering.spec import Spec
    from explorer.models.steering.steerer import Steerer
    from explorer.models.vlm.sampling import Sampling

Mode = Literal["clamp", "add", "scale"]
MOST_NEURONS = 8  # set at once
MOST_IMAGES = 16  # of a concept of one's own
LONGEST_PROMPT = 2000  # characters; MONOSCOPE_PROMPT lets visitors have less
LONGEST_ANSWER = 256  # tokens
WARMEST = 1.5
ANSWERS = ("unsteered", "steered", "reconstructed", "diff_mean", "random")  # the texts of `SteeredAnswers`


@dataclass(frozen=True)
class Steering(Result):
    """What to ask, and what to set."""

    neuron: int
    alpha: float
    """The neuron's activation on the patches of `where`, in the SAE's own unit; 0 switches it off, a negative one suppresses."""
    prompt: str = "describe the image."
    length: int = 48
    """Tokens at most."""
    temperature: float = 0.0
    """0 takes the likeliest token each time; 1 draws by the model's own probabilities."""
    seed: int = 0
    """Of the draws."""
    keep_error: bool = False
    """Add back what the SAE does not reproduce, so that only this neuron changes; the paper drops it."""
    mode: Mode = "clamp"
    """clamp: set the activation to α, as in the paper; add: raise it by α; scale: multiply it by α."""
    also: tuple[tuple[int, float], ...] = ()
    """More neurons, each with its α."""
    patches: tuple[int, ...] | None = None
    """Patches on which they are set, by number, row by row; those of `where` if None."""
    where: Where = "all"
    """all: every patch, as in the paper; middle: all but the rim."""
    controls: bool = False
    """Answer also with the vectors moved as far along DiffMean and along a random direction, without the SAE."""

    concept: tuple[str, ...] = ()
    """Content hashes of images of the atlas that show a concept: the vectors move along it, α ways from the mean of other images
    to that of these, no neuron is set and no SAE is in between. Empty: the neuron."""

    def check(self) -> "Steering":
        """This, if every field is in its range.

        Raises:
            VisitorError: naming the field.
        """
        for name, fits, wanted in (
            ("alpha", isfinite(self.alpha), "a finite number"),
            (
                "concept",
                len(self.concept) <= MOST_IMAGES and not (self.concept and self.also),
                f"at most {MOST_IMAGES} images, alone",
            ),
            ("also", self._also_fits(), f"at most {MOST_NEURONS - 1} other neurons, each once, with a finite number"),
            ("mode", self.mode in get_args(Mode), f"one of {', '.join(get_args(Mode))}"),
            ("where", self.where in get_args(Where), f"one of {', '.join(get_args(Where))}"),
            ("prompt", 0 < len(self.prompt.strip()) <= LONGEST_PROMPT, f"1 to {LONGEST_PROMPT} characters"),
            ("length", 1 <= self.length <= LONGEST_ANSWER, f"a number from 1 to {LONGEST_ANSWER}"),
            ("temperature", 0 <= self.temperature <= WARMEST, f"a number from 0 to {WARMEST}"),
            ("seed", 0 <= self.seed < 2**63, "a whole number of at least 0"),
        ):
            if not fits:
                raise VisitorError(f"{name} is out of range: choose {wanted}")
        return self

    def _also_fits(self) -> bool:
        numbers = [self.neuron, *(neuron for neuron, _ in self.also)]
        once = len(set(numbers)) == len(numbers) <= MOST_NEURONS
        return once and all(isfinite(alpha) for _, alpha in self.also)


@dataclass(frozen=True)
class SteeredAnswers(Result):
    """The answers, as far as they have come."""

    unsteered: str | None = None
    """None until its first word."""
    steered: str | None = None
    reconstructed: str | None = None
    """What it says when shown the SAE's reconstruction, with nothing set: the steered answer differs from this by the neurons
    alone. None where the SAE's error is kept, for then there is no reconstruction."""
    diff_mean: str | None = None
    """With the vectors moved as far towards the mean of the neuron's images; None where controls are off."""
    random: str | None = None
    """With the vectors moved as far along a random direction; None where controls are off."""
    moved: int | None = None
    """Patches that the steering changes; 0: it changes nothing. None until that is known."""
    first_token_ms: float | None = None
    """From the beginning of the steered answer to its first token."""
    model: str = ""
    same_tower: bool = True
    """Whether the model's vision tower gives the activations that the atlas recorded."""
    unknown_words: tuple[str, ...] = ()
    """Words of the prompt that the model has no token for."""
    verdicts: tuple[Verdict, ...] = ()
    """One on each answer, when all are done; none where nobody can judge."""
    done: bool = False


def steer(pool: ModelPool, atlas: Atlas, vlm: str, image: NamedImage, steering: Steering) -> Iterator[SteeredAnswers]:
    """The answers after every token: the unsteered one grows, then the steered one, then those that it is held against.

    Args:
        vlm: the vision-language model, by Hub id or directory.

    Raises:
        UserError: if the models cannot be loaded, do not fit the atlas or memory, or a field is out of its range.
    """
    steering.check()
    with pool.steering(atlas, vlm) as steerer:
        yield from _answers(pool, atlas, steerer, image, steering)


def _answers(
    pool: ModelPool, atlas: Atlas, steerer: "Steerer", image: NamedImage, steering: Steering
) -> Iterator[SteeredAnswers]:
    spec = spec_of(steering)
    question = (image.key, image.load, steering.prompt, sampling_of(steering))
    unknown = tuple(steerer.vlm.unknown_words(steering.prompt))
    answers = SteeredAnswers(model=steerer.vlm.variant, same_tower=steerer.same_tower, unknown_words=unknown)
    for text in pool.turns.each(steerer.unsteered(*question)):
        answers = replace(answers, unsteered=text)
        yield answers
    begun = time.perf_counter()
    for _ in pool.turns.each(steerer.read_concept(spec)):
        yield answers  # the same: who has left is noticed here
    with pool.turns.turn():
        answers = replace(answers, moved=steerer.moved(image.key, image.load, spec))
    for text in pool.turns.each(steerer.steered(*question, spec)):
        first_ms = answers.first_token_ms or 1000 * (time.perf_counter() - begun)
        answers = replace(answers, steered=text, first_token_ms=first_ms)
        yield answers
    for name, pieces in _beside(steerer, question, steering):
        for text in pool.turns.each(pieces):
            answers = replace(answers, **{name: text})
            yield answers
    texts = {name: getattr(answers, name) for name in ANSWERS}
    if not steering.concept:  # a verdict is about a neuron
        answers = replace(answers, verdicts=verdicts(pool, atlas, steering.neuron, steering.prompt, texts, answers.unsteered))
    yield replace(answers, done=True)


def _beside(steerer: "Steerer", question: tuple[Any, ...], steering: Steering) -> Iterator[tuple[str, Iterator[str]]]:
    """The answers that the steered one is held against, by field."""
    if steering.concept:
        return
    if not steering.keep_error:
        yield "reconstructed", steerer.reconstructed(*question)
    if steering.controls:
        spec = spec_of(steering)
        yield "diff_mean", steerer.steered(*question, spec=replace(spec, along="diff-mean"))
        yield "random", steerer.steered(*question, spec=replace(spec, along="random"))


def sampling_of(steering: Steering) -> "Sampling":
    """How words are chosen, as the model takes it."""
    from explorer.models.vlm.sampling import Sampling

    return Sampling(steering.length, steering.temperature, steering.seed)


def spec_of(steering: Steering) -> "Spec":
    """What is set, as the steerer takes it."""
    from explorer.models.steering.spec import OwnConcept, SteeringSpec

    if steering.concept:
        return OwnConcept(steering.concept, steering.alpha, steering.patches, steering.where)
    names = ("neuron", "alpha", "keep_error", "mode", "also", "patches", "where")
    return SteeringSpec(**{name: getattr(steering, name) for name in names})
