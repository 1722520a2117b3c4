"""What steering is set by: neuron, α, prompt; native controls in one form whose fields are the address's own."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import AlphaRange, usual_where
from explorer.limits import DEFAULT
from explorer.ui.address import FORM, link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.view import LENGTHS, PATH, WARMEST, SteerView, suggested
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import neuron_ms
from explorer.ui.parts.numbers import neuron_id
from explorer.ui.parts.tile import tile, tiles
from explorer.ui.templates import render

TILES = 5
NEAR = 24  # % of the slider's length, the width of words on a phone


def steer_controls(atlas: Atlas, view: SteerView, longest_prompt: int = DEFAULT.prompt) -> Markup:
    """The form as the view sets it."""
    href = link("neuron", atlas, id=view.neuron)
    return render(
        "pages/steer/controls.html",
        form=FORM,
        atlas=atlas.name,
        view=view,
        last=len(atlas) - 1,
        id=neuron_id(view.neuron),
        href=href,
        label=label(atlas, view.neuron),
        ms=neuron_ms(atlas, view.neuron),
        tiles=Markup("").join(tile(atlas, image) for image in view.concept[:TILES]) or tiles(atlas, view.neuron, TILES, href),
        name=f"“{view.word or words.UNNAMED}”" if view.concept else "",
        make=link("search", atlas),
        others=_others(atlas, view),
        zero=_share(0, view.range),
        ticks=_ticks(view.range),
        prompts=[(prompt, link(PATH, atlas, prompt=prompt)) for prompt in words.PROMPTS],
        longest_prompt=longest_prompt,
        usual=usual_where(atlas),
        lengths=LENGTHS,
        warmest=WARMEST,
        words=words,
    )


def _others(atlas: Atlas, view: SteerView) -> list[tuple[str, str]]:
    """Names and addresses of other neurons to steer."""
    leave = {"concept": "", "word": ""} if view.concept else {}
    others = [other for other in suggested(atlas) if other != view.neuron or view.concept]
    return [(f"{neuron_id(one)} {label(atlas, one).name}", link(PATH, atlas, id=one, alpha="", **leave)) for one in others]


def _ticks(reach: AlphaRange) -> list[tuple[float, str]]:
    """Marks below the slider: the neuron's strongest activation, or what reads well where that is known; its ends and off.

    The first is named in words, so any mark whose own would lie under them is left out.
    """
    good = reach.strongest if reach.reads_well is None else reach.reads_well
    named = times(good, reach) if reach.reads_well is None else words.GOOD.format(times=times(good, reach))
    marks = {reach.low: times(reach.low, reach), 0.0: words.OFF, reach.high: times(reach.high, reach), good: named}
    told = _share(good, reach)
    placed = [(alpha, _share(alpha, reach), name) for alpha, name in marks.items()]
    return [(place, name) for alpha, place, name in placed if alpha == good or abs(place - told) > NEAR]


def times(alpha: float, reach: AlphaRange) -> str:
    """α as a multiple of the neuron's strongest activation."""
    return f"{alpha / reach.strongest:.2g} ×".replace("-", "−")


def _share(alpha: float, reach: AlphaRange) -> float:
    """Where on the slider a value is, in % of its length."""
    return 100 * (alpha - reach.low) / (reach.high - reach.low)
