"""A neuron's images: sixteen tiles, the bands to choose from, and heat-maps where the tap has patches."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Query
from explorer.ui import text
from explorer.ui.components.heat import heat_png
from explorer.ui.components.notice import notice
from explorer.ui.components.tile import Heat, top_figure
from explorer.ui.view import write_query

_CHIP = Markup('<a class="chip band" href="neuron?{query}" data-view title="{title}"{current}>{name}</a>')
_SLIDER = Markup(
    '<label class="heat-control" title="{}"><span>heat-map</span>'
    '<input type="range" min="0" max="1" step="0.05" value="0.7" data-heat></label>'
)


def gallery(atlas: Atlas, neuron: int, query: Query, band: str) -> Markup:
    """The images of one band.

    Args:
        query: of the browse page it was reached from, kept in the links.
        band: as the address names it; the first if it has no such band.
    """
    bands = atlas.bands(neuron)
    if not bands:
        return notice(text.DEAD_NEURON.format(images=f"{atlas.manifest.dataset.images:,}"))
    band = band if band in bands else bands[0]
    tops, patches = atlas.tops(neuron, band=band), atlas.patches(neuron, band)
    peak = float(atlas.neurons["max"].iat[neuron])
    heats = [None] * len(tops) if patches is None else [Heat(heat_png(p, peak), atlas.manifest.tap.crop) for p in patches]
    shots = [top_figure(atlas, top, heat) for top, heat in zip(tops, heats, strict=False)]
    slider = _SLIDER.format(text.HEAT) if patches is not None else ""
    chips = _chips(atlas, neuron, query, bands, band) if len(bands) > 1 else ""
    return Markup('<div class="bar">{}{}</div><div class="shots">{}</div>').format(chips, slider, Markup("").join(shots))


def _chips(atlas: Atlas, neuron: int, query: Query, bands: list[str], chosen: str) -> Markup:
    chips = []
    for band in bands:
        about = text.BANDS.get(band) or (text.BAND.format(percent=band[1:]) if band.startswith("q") else band)
        current = Markup(' aria-current="true"') if band == chosen else ""
        href = write_query(query, atlas, id=neuron, band=None if band == bands[0] else band)
        chips.append(_CHIP.format(query=href, title=about, current=current, name=text.BAND_NAMES.get(band, band)))
    return Markup('<div class="bands" role="group" aria-label="Bands of activation">{}</div>').format(Markup("").join(chips))
