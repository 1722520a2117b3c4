"""What the Steer page shows, to and from its address: neuron, α, prompt, picture, and how words are chosen.

A neuron that cannot be steered is refused; all else that is not understood is left out, as everywhere.
"""

from dataclasses import dataclass, replace

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.atlas.steerable import AlphaRange, alpha_range
from explorer.errors import VisitorError
from explorer.operations.steer import LONGEST_PROMPT, WARMEST
from explorer.ui import text
from explorer.ui.address import Params, read_float, read_number
from explorer.ui.pages.steer import words
from explorer.ui.parts.numbers import neuron_id

PATH = "steer"
LENGTHS = (24, 48, 96)  # tokens
SUGGESTED = 6
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

    @property
    def strip_alphas(self) -> tuple[float, ...]:
        """Values over the whole slider, each one that it can stand on."""
        span = self.range.high - self.range.low
        return tuple(_on_step(self.range.low + span * place / (STRIP - 1), self.range) for place in range(STRIP))


def read_steer(params: Params, atlas: Atlas) -> SteerView:
    """What an address asks for.

    Raises:
        UserError: if its neuron is not one of the atlas's, or dead.
    """
    neuron = next(iter(suggested(atlas)), 0) if not params.get("id") else read_number(params, "id")
    if neuron is None or neuron >= len(atlas):
        raise VisitorError(text.BAD_NEURON.format(last=f"{len(atlas) - 1:,}"))
    reach = alpha_range(atlas, neuron)
    if reach is None:
        raise VisitorError(text.STEER_DEAD.format(neuron=neuron_id(neuron)))
    length = read_number(params, "length")
    return SteerView(
        neuron,
        _on_step(read_float(params, "alpha", usual_alpha(atlas, neuron, reach)), reach),
        reach,
        " ".join(params.get("prompt", "").split())[:LONGEST_PROMPT] or words.PROMPTS[0],
        params.get("example", ""),
        length if length in LENGTHS else LENGTHS[1],
        min(max(round(read_float(params, "temperature", 0.0), 1), 0.0), WARMEST),
        read_number(params, "seed") or 0,
        params.get("keep") == "1",
        params.get("controls") == "1",
        params.get("strip") == "1",
    )


def usual_alpha(atlas: Atlas, neuron: int, reach: AlphaRange) -> float:
    """Where the slider stands first: the strongest α that was found to read well, or the neuron's strongest activation."""
    return reach.strongest if reach.reads_well is None else reach.reads_well


def suggested(atlas: Atlas) -> list[int]:
    """Neurons to begin with: those that steer best where that was tried, of the ones that are ranked; else of the highest MS."""
    best = Query(size=SUGGESTED)
    if atlas.steering_tried and (found := atlas.page(replace(best, sort="steers", images=atlas.least_images)).neurons):
        return found
    return atlas.page(best).neurons


def _on_step(alpha: float, reach: AlphaRange) -> float:
    """The nearest value that the slider can stand on."""
    step = round(min(max(alpha, reach.low), reach.high) / reach.step)
    return float(f"{step * reach.step:.6g}")
