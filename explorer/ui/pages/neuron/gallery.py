"""A neuron's images: sixteen tiles, the bands to choose from, and heat-maps where the tap has patches."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Query, Top
from explorer.atlas.images import Thumbnail
from explorer.ui import text
from explorer.ui.pages.browse.view import write_query
from explorer.ui.pages.neuron import words
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation
from explorer.ui.parts.tile import thumb
from explorer.ui.templates import render


class Chip(NamedTuple):
    """A band to choose."""

    name: str
    about: str
    href: str
    current: bool  # whether it is the one shown


class Shot(NamedTuple):
    """A tile that opens large, with its label and activation below."""

    src: str
    about: Thumbnail
    activation: str
    caption: str  # of the large one
    heat: str | None  # heat-map to lay over it, as a data URI
    laid: str  # CSS of where the heat-map lies over the tile
    whole: str  # the same over the whole image


def gallery(atlas: Atlas, neuron: int, query: Query, band: str) -> Markup:
    """The images of one band.

    Args:
        query: of the browse page it was reached from, kept in the links.
        band: as the address names it; the first if it has no such band.
    """
    bands = atlas.bands(neuron)
    if not bands:
        return notice(words.DEAD_NEURON.format(images=f"{atlas.manifest.dataset.images:,}"))
    band = band if band in bands else bands[0]
    tops, patches = atlas.tops(neuron, band=band), atlas.patches(neuron, band)
    peak = float(atlas.neurons["max"].iat[neuron])
    heats = [None] * len(tops) if patches is None else [heat_png(p, peak) for p in patches]
    return render(
        "pages/neuron/gallery.html",
        chips=_chips(atlas, neuron, query, bands, band),
        shots=[_shot(atlas, top, heat) for top, heat in zip(tops, heats, strict=False)],
        has_heat=patches is not None,
        words=words,
        text=text,
    )


def _chips(atlas: Atlas, neuron: int, query: Query, bands: list[str], chosen: str) -> list[Chip]:
    chips = []
    for band in bands:
        about = words.BANDS.get(band) or (words.BAND.format(percent=band[1:]) if band.startswith("q") else band)
        href = write_query(query, atlas, id=neuron, band=None if band == bands[0] else band)
        chips.append(Chip(words.BAND_NAMES.get(band, band), about, f"neuron?{href}", band == chosen))
    return chips


def _shot(atlas: Atlas, top: Top, heat: str | None) -> Shot:
    src, about = thumb(atlas, top.image)
    number = activation(top.activation)
    laid, whole = (
        seen_region(about.width, about.height, atlas.manifest.tap.crop if heat else None, whole=whole) for whole in (False, True)
    )
    caption = f"{about.label or about.key} · activation {number}"
    return Shot(src, about, number, caption, heat, laid, whole)
