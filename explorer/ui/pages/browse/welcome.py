"""The first minute: what a neuron is, what MS says and what to try, said by one neuron that shows it."""

from functools import lru_cache

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import can_steer
from explorer.operations.neuron import NeuronImage
from explorer.operations.showcase import Showcase, showcase
from explorer.ui import text
from explorer.ui.address import Params, link
from explorer.ui.pages.browse import words
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.numbers import neuron_id, percent, score
from explorer.ui.parts.term import term
from explorer.ui.parts.tile import tile_of
from explorer.ui.templates import render


def is_plain(params: Params) -> bool:
    """Whether an address asks for nothing but an atlas: a first visit."""
    return all(name == "atlas" or name.startswith("__") for name in params)  # Gradio's own begin with __


@lru_cache(maxsize=16)
def welcome(atlas: Atlas, steers: bool) -> Markup:
    """The section; nothing for an atlas whose neurons are all dead. An atlas never changes, so it is drawn once.

    Args:
        steers: whether there is a vision-language model here to raise the neuron in.
    """
    shown = showcase(atlas)
    if shown is None:
        return Markup("")
    number = shown.neuron.neuron
    return render(
        "pages/browse/welcome.html",
        images=[_image(atlas, image, shown.neuron.strongest) for image in shown.images],
        lines=[_neuron(atlas, shown), _ms(atlas, shown), _try(atlas, shown)],
        page=link("neuron", atlas, id=number),
        id=neuron_id(number),
        steer=link("steer", atlas, id=number, example=shown.try_on) if steers and can_steer(atlas) else None,
        words=words,
    )


def _image(atlas: Atlas, image: NeuronImage, peak: float) -> dict[str, object]:
    """An image with its heat-map, where the tap has patches."""
    tile = tile_of(atlas, image.image)
    heat = None if image.patches is None else heat_png(image.patches, peak)
    laid = seen_region(tile.about.width, tile.about.height, atlas.manifest.tap.crop if heat else None, whole=False)
    return {"src": tile.src, "about": tile.about, "heat": heat, "laid": laid}


def _neuron(atlas: Atlas, shown: Showcase) -> Markup:
    glows = any(image.patches is not None for image in shown.images)
    what = term(words.WELCOME_TERM, words.WELCOME_TERM_WHY)
    return Markup(words.WELCOME_NEURON).format(
        neuron=what, encoder=atlas.manifest.encoder.name, shown=words.WELCOME_GLOWS if glows else words.WELCOME_THESE
    )


def _ms(atlas: Atlas, shown: Showcase) -> Markup:
    similarity, summary = atlas.similarities[0], shown.neuron
    ms = term(f"MS {score(summary.ms[similarity])}", text.MS.format(similarity=similarity))
    return Markup(words.WELCOME_MS).format(ms=ms, images=f"{summary.images:,}")


def _try(atlas: Atlas, shown: Showcase) -> Markup:
    if not shown.says:
        return Markup(words.WELCOME_LOOK)
    why = words.WELCOME_SAYS_WHY.format(share=percent(shown.share or 0.0))
    return Markup(words.WELCOME_RAISE).format(model=shown.model, says=term(f"“{shown.says}”", why))
