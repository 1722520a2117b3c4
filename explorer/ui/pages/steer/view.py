"""What the Steer page shows, to and from its address: neuron, α, prompt, picture, and how words are chosen.

A neuron that cannot be steered is refused; all else that is not understood is left out, as everywhere.
"""

from dataclasses import dataclass
from typing import cast, get_args

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.atlas.steerable import AlphaRange, alpha_range, usual_where
from explorer.errors import VisitorError
from explorer.operations.first_questions import on_step, suggested, usual_alpha
from explorer.operations.own_concept import REACH, USUAL
from explorer.operations.steer import LONGEST_PROMPT, MOST_IMAGES, WARMEST
from explorer.ui import text
from explorer.ui.address import Params, read_float, read_number
from explorer.ui.pages.steer import words
from explorer.ui.parts.numbers import neuron_id

PATH = "steer"
LENGTHS = (24, 48, 96)  # tokens
LONGEST_WORD = 80  # characters of a concept's
STRIP = 7  # values of α at once


@dataclass(frozen=True)
class SteerView:
    """One view of the page."""

    neuron: int
    alpha: float
    range: AlphaRange
    prompt: str
    example: str
    """WHITE, the hash of one of the atlas's images, or "" for none."""
    length: int
    temperature: float
    seed: int
    keep_error: bool
    """Whether what the SAE does not reproduce is added back."""
    controls: bool
    """Whether the answers of two other directions are shown."""
    strip: bool
    """Whether the answers at several α are shown."""
    where: Where
    """The patches that the neuron is set on."""
    concept: tuple[str, ...] = ()
    """Content hashes of the images of a concept of the visitor's own, which is steered in place of the neuron."""
    word: str = ""
    """What it is called."""

    @property
    def strip_alphas(self) -> tuple[float, ...]:
        """Values over the whole slider, each one that it can stand on."""
        span = self.range.high - self.range.low
        return tuple(on_step(self.range.low + span * place / (STRIP - 1), self.range) for place in range(STRIP))


def read_steer(params: Params, atlas: Atlas) -> SteerView:
    """What an address asks for.

    Raises:
        UserError: if its neuron is not one of the atlas's, or dead; or an image of its concept is not one of the atlas's.
    """
    neuron = next(iter(suggested(atlas)), 0) if not params.get("id") else read_number(params, "id")
    if neuron is None or neuron >= len(atlas):
        raise VisitorError(text.BAD_NEURON.format(last=f"{len(atlas) - 1:,}"))
    concept = _concept(params, atlas)
    reach = REACH if concept else alpha_range(atlas, neuron)
    if reach is None:
        raise VisitorError(text.STEER_DEAD.format(neuron=neuron_id(neuron)))
    length, where = read_number(params, "length"), _where(params, atlas)
    if where != usual_where(atlas):  # how far it reads well was found elsewhere
        reach = reach._replace(reads_well=None)
    return SteerView(
        neuron,
        on_step(read_float(params, "alpha", USUAL if concept else usual_alpha(reach)), reach),
        reach,
        " ".join(params.get("prompt", "").split())[:LONGEST_PROMPT] or words.PROMPTS[0],
        params.get("example", ""),
        length if length in LENGTHS else LENGTHS[1],
        min(max(round(read_float(params, "temperature", 0.0), 1), 0.0), WARMEST),
        read_number(params, "seed") or 0,
        params.get("keep") == "1" and not concept,
        params.get("controls") == "1" and not concept,
        params.get("strip") == "1",
        where,
        concept,
        " ".join(params.get("word", "").split())[:LONGEST_WORD],
    )


def _concept(params: Params, atlas: Atlas) -> tuple[str, ...]:
    images = tuple(dict.fromkeys(filter(None, params.get("concept", "").split("."))))[:MOST_IMAGES]
    if not all(image in atlas.images for image in images):
        raise VisitorError(words.NO_SUCH_CONCEPT)
    return images


def _where(params: Params, atlas: Atlas) -> Where:
    asked = params.get("where", "")
    return cast(Where, asked) if asked in get_args(Where) else usual_where(atlas)
