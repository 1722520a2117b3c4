"""A neuron's images: sixteen tiles, the bands to choose from, and heat-maps where the tap has patches."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.operations.neuron import NeuronDetail, NeuronImage, top_images
from explorer.ui import text
from explorer.ui.pages.browse.view import write_query
from explorer.ui.pages.neuron import words
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation
from explorer.ui.parts.tile import Tile, tile_of
from explorer.ui.templates import render


class Chip(NamedTuple):
    """A band to choose."""

    name: str
    about: str
    href: str
    current: bool  # whether it is the one shown


class Shot(NamedTuple):
    """A tile that opens large, with its label and activation below."""

    tile: Tile
    activation: str
    caption: str  # of the large one
    heat: str | None  # heat-map to lay over it, as a data URI
    laid: str  # CSS of where the heat-map lies over the tile
    whole: str  # the same over the whole image


def gallery(atlas: Atlas, detail: NeuronDetail, query: Query, band: str) -> Markup:
    """The images of one band.

    Args:
        query: of the browse page it was reached from, kept in the links.
        band: as the address names it; the first if it has no such band.
    """
    bands = detail.bands
    if not bands:
        return notice(words.DEAD_NEURON.format(images=f"{atlas.manifest.dataset.images:,}"))
    neuron, band = detail.summary.neuron, band if band in bands else bands[0]
    images = top_images(atlas, neuron, band)
    return render(
        "pages/neuron/gallery.html",
        chips=_chips(atlas, neuron, query, bands, band),
        shots=[_shot(atlas, image, detail.summary.strongest) for image in images],
        has_heat=any(image.patches is not None for image in images),
        words=words,
        text=text,
    )


def _chips(atlas: Atlas, neuron: int, query: Query, bands: Sequence[str], chosen: str) -> list[Chip]:
    chips = []
    for band in bands:
        about = words.BANDS.get(band) or (words.BAND.format(percent=band[1:]) if band.startswith("q") else band)
        href = write_query(query, atlas, id=neuron, band=None if band == bands[0] else band)
        chips.append(Chip(words.BAND_NAMES.get(band, band), about, f"neuron?{href}", band == chosen))
    return chips


def _shot(atlas: Atlas, image: NeuronImage, peak: float) -> Shot:
    tile, number = tile_of(atlas, image.image), activation(image.activation)
    heat = None if image.patches is None else heat_png(image.patches, peak)
    size, crop = (tile.about.width, tile.about.height), atlas.manifest.tap.crop if heat else None
    laid, whole = (seen_region(*size, crop, whole=whole) for whole in (False, True))
    caption = f"{image.label or image.key} · activation {number}"
    return Shot(tile, number, caption, heat, laid, whole)
