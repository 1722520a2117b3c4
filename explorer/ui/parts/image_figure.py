"""A picture that a model is asked about."""

import base64
import io

from markupsafe import Markup
from PIL import Image

from explorer.ui.templates import render

SIDE = 560  # px of the longer side of the picture sent back


def image_figure(image: Image.Image) -> Markup:
    """The picture, within the page."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=82)
    return render(
        "parts/image_figure.html",
        ratio=image.width / image.height,
        src="data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode(),
        width=small.width,
        height=small.height,
    )
