"""A picture that a model is asked about, and the heat-map of a neuron over it."""

import base64
import io
from collections.abc import Sequence

from markupsafe import Markup
from PIL import Image

from explorer.operations.read import ReadNeuron
from explorer.ui import text
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.templates import render

SIDE = 560  # px of the longer side of the picture sent back


def image_figure(image: Image.Image, fired: Sequence[ReadNeuron] = (), crop: float | None = None) -> Markup:
    """The visitor's picture, the heat-map of its strongest neuron over it."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=82)
    heat = heat_of(fired[0]) if fired else None
    region = seen_region(image.width, image.height, crop, whole=True)
    return render(
        "parts/image_figure.html",
        ratio=image.width / image.height,
        src="data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode(),
        width=small.width,
        height=small.height,
        heat=heat,
        region=region,
        caption=text.IMAGE_HOVER if heat else "",
    )


def heat_of(fired: ReadNeuron) -> str | None:
    """Where a neuron fires, as a data URI; None where the tap has no patches."""
    return None if fired.patches is None else heat_png(fired.patches, float(fired.patches.max()))
