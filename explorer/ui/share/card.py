"""A neuron's card for other sites' pages: a document of its own, without scripts, forms or anything from elsewhere."""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.neuron import NeuronImage, top_images
from explorer.ui.address import link
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.ms import neuron_ms
from explorer.ui.parts.tile import tile_of
from explorer.ui.share.told import noted, told
from explorer.ui.templates import render

IMAGES = 8


def card(atlas: Atlas, neuron: int) -> Markup:
    """The document; in place of images that have a note, the note: the page that it leads to asks a visitor to agree.

    Raises:
        UserError: if there is no such neuron, or its images cannot be read.
    """
    words, note = told(atlas, neuron), noted(atlas)
    peak = float(atlas.neurons["max"].iat[neuron])
    return render(
        "share/card.html",
        title=f"{words.id} {words.label.name}",
        told=words,
        href=link("neuron", atlas, id=neuron),
        ms=neuron_ms(atlas, neuron),
        note=note,
        images=[] if note else [(tile_of(atlas, image.image), *_heat(atlas, image, peak)) for image in _tops(atlas, neuron)],
        atlas=atlas.name,
        reason="",
    )


def refused(reason: str) -> Markup:
    """The document that says why there is no card."""
    return render("share/card.html", title="Monoscope", told=None, href="./", ms="", note="", images=[], atlas="", reason=reason)


def _tops(atlas: Atlas, neuron: int) -> Sequence[NeuronImage]:
    return top_images(atlas, neuron, count=IMAGES)


def _heat(atlas: Atlas, image: NeuronImage, peak: float) -> tuple[str | None, str]:
    if image.patches is None:
        return None, ""
    about = atlas.images.about(image.image)
    return heat_png(image.patches, peak), seen_region(about.width, about.height, atlas.manifest.tap.crop, whole=False)
