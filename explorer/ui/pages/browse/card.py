"""A neuron in small."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.browse import NeuronSummary
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import density, level_chip, ms_bar
from explorer.ui.parts.numbers import neuron_id
from explorer.ui.parts.tile import tiles
from explorer.ui.templates import render


def card(atlas: Atlas, summary: NeuronSummary, href: str, similarity: str | None = None) -> Markup:
    """A card: 2 × 2 images, label, number, level, MS, density."""
    neuron, main = summary.neuron, similarity or atlas.similarities[0]
    return render(
        "pages/browse/card.html",
        href=href,
        neuron=neuron,
        tiles=tiles(atlas, neuron, 4, href),
        label=label(atlas, neuron),
        id=neuron_id(neuron),
        level=level_chip(summary.level) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=ms_bar(summary.ms[main], main, summary.floor[main]),
        density=density(summary.density, atlas.manifest.dataset.images),
    )
