"""A neuron in small."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.browse import NeuronSummary
from explorer.ui import text
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import level_chip, ms_bar
from explorer.ui.parts.name_source import faded, name_source
from explorer.ui.parts.numbers import neuron_id, percent
from explorer.ui.parts.tile import tiles
from explorer.ui.parts.tray import tray_button
from explorer.ui.templates import render


def card(atlas: Atlas, summary: NeuronSummary, href: str, similarity: str | None = None) -> Markup:
    """A card: 2 × 2 images, name and where it comes from, number, level, MS and the number of images that it is of."""
    neuron, main, least = summary.neuron, similarity or atlas.similarities[0], atlas.least_images
    images, all_images = f"{summary.images:,}", f"{atlas.manifest.dataset.images:,}"
    return render(
        "parts/card.html",
        href=href,
        neuron=neuron,
        tiles=tiles(atlas, neuron, 4, href),
        label=faded(label(atlas, neuron), summary.name, summary.images, least),
        source=name_source(summary.name, summary.images, least),
        tray=tray_button(atlas, neuron),
        id=neuron_id(neuron),
        level=level_chip(summary.level) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=ms_bar(summary.ms[main], main, summary.floor[main]),
        images=images if summary.images else "",
        unit="image" if summary.images == 1 else "images",
        from_images=text.FROM_IMAGES.format(images=images, share=percent(summary.density), all=all_images),
    )
