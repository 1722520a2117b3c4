"""An image of the atlas in a square of fixed size: nothing jumps when it arrives."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Top
from explorer.ui import text
from explorer.ui.components.heat import seen_region
from explorer.ui.components.numbers import activation
from explorer.ui.thumbs import thumb_url


class Heat(NamedTuple):
    """A heat-map to lay over an image."""

    png: str  # data URI
    crop: float | None  # as in TapInfo


_THUMB = Markup('<img src="{src}" alt="{alt}" loading="lazy" decoding="async" width="{width}" height="{height}">')
_PLAIN = Markup('<span class="tile">{image}</span>')
_FIGURE = Markup(
    '<figure class="shot"><button type="button" class="tile" data-enlarge data-caption="{caption}" data-whole="{whole}"'
    ' aria-label="Enlarge: {caption}">{image}{heat}</button>'
    '<figcaption><span class="shot-label">{label}</span> <span class="number" title="{what}">{activation}</span>'
    "</figcaption></figure>"
)
_HEAT = Markup('<img class="heat" src="{png}" alt="" style="{style}">')


def thumb(atlas: Atlas, image: str) -> Markup:
    """The bare picture."""
    about = atlas.images.about(image)
    return _THUMB.format(src=thumb_url(atlas, image), alt=about.label, width=about.width, height=about.height)


def plain_tile(atlas: Atlas, image: str) -> Markup:
    """A tile that is part of a link."""
    return _PLAIN.format(image=thumb(atlas, image))


def top_figure(atlas: Atlas, top: Top, heat: Heat | None) -> Markup:
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
