"""A neuron's images: sixteen tiles, the bands to choose from, and heat-maps where the tap has patches."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Query, Top
from explorer.ui import text
from explorer.ui.pages.browse.view import write_query
from explorer.ui.pages.neuron import words
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation
from explorer.ui.parts.tile import thumb


class Heat(NamedTuple):
    """A heat-map to lay over an image."""

    png: str  # data URI
    crop: float | None  # as in TapInfo


_CHIP = Markup('<a class="chip band" href="neuron?{query}" data-view title="{title}"{current}>{name}</a>')
_SLIDER = Markup(
    '<label class="heat-control" title="{}"><span>heat-map</span>'
    '<input type="range" min="0" max="1" step="0.05" value="0.7" data-heat></label>'
)
_FIGURE = Markup(
    '<figure class="shot"><button type="button" class="tile" data-enlarge data-caption="{caption}" data-whole="{whole}"'
    ' aria-label="Enlarge: {caption}">{image}{heat}</button>'
    '<figcaption><span class="shot-label">{label}</span> <span class="number" title="{what}">{activation}</span>'
    "</figcaption></figure>"
)
_HEAT = Markup('<img class="heat" src="{png}" alt="" style="{style}">')


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
    heats = [None] * len(tops) if patches is None else [Heat(heat_png(p, peak), atlas.manifest.tap.crop) for p in patches]
    shots = [_shot(atlas, top, heat) for top, heat in zip(tops, heats, strict=False)]
    slider = _SLIDER.format(words.HEAT) if patches is not None else ""
    chips = _chips(atlas, neuron, query, bands, band) if len(bands) > 1 else ""
    return Markup('<div class="bar">{}{}</div><div class="shots">{}</div>').format(chips, slider, Markup("").join(shots))


def _chips(atlas: Atlas, neuron: int, query: Query, bands: list[str], chosen: str) -> Markup:
    chips = []
    for band in bands:
        about = words.BANDS.get(band) or (words.BAND.format(percent=band[1:]) if band.startswith("q") else band)
        current = Markup(' aria-current="true"') if band == chosen else ""
        href = write_query(query, atlas, id=neuron, band=None if band == bands[0] else band)
        chips.append(_CHIP.format(query=href, title=about, current=current, name=words.BAND_NAMES.get(band, band)))
    return Markup('<div class="bands" role="group" aria-label="Bands of activation">{}</div>').format(Markup("").join(chips))


def _shot(atlas: Atlas, top: Top, heat: Heat | None) -> Markup:
    """A tile that opens large, with its label and activation below."""
    about = atlas.images.about(top.image)
    number = activation(top.activation)
    region = seen_region(about.width, about.height, heat.crop if heat else None, whole=True)
    laid = seen_region(about.width, about.height, heat.crop if heat else None, whole=False)
    return _FIGURE.format(
        caption=f"{about.label or about.key} · activation {number}",
        whole=region,
        image=thumb(atlas, top.image),
        heat=_HEAT.format(png=heat.png, style=laid) if heat else "",
        label=about.label,
        what=text.ACTIVATION,
        activation=number,
    )
