"""A picture and the neurons that fire on it: one figure, one ranked list; pointing at a neuron shows where it fires."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.components.heat import heat_png, seen_region
from explorer.ui.components.label import label
from explorer.ui.components.ms import level_chip, ms_bar
from explorer.ui.components.notice import notice
from explorer.ui.components.numbers import activation, neuron_id
from explorer.ui.components.tile import plain_tile
from explorer.ui.view import usual, write_query

if TYPE_CHECKING:  # importing it would load torch
    from explorer.models.firing import Fired

SIDE = 560  # px of the longer side of the picture sent back
TILES = 5
_PICTURE = Markup(
    '<figure class="picture" style="--ratio:{ratio:.4f}"><span class="frame"><img src="{src}" alt="Your picture"'
    ' width="{width}" height="{height}">{heat}</span><figcaption>{caption}</figcaption></figure>'
)
_HEAT = Markup('<img class="heat" data-heat-here src="{png}" alt="" style="{style}">')
_ROW = Markup(
    '<li class="fired-row"{heat} tabindex="0"><a class="fired-name" href="{href}"><span class="id">{id}</span> '
    '<span class="name{name.css}">{name.name}</span></a>{level}{ms}'
    '<span class="fires" title="{what}">'
    '<span class="fires-track" aria-hidden="true"><span style="width:{width:.1f}%"></span></span>'
    '<span class="number">{number}</span></span><a class="strip" href="{href}" tabindex="-1" aria-hidden="true">{tiles}</a></li>'
)


def picture_figure(image: Image.Image, fired: "Sequence[Fired]" = (), crop: float | None = None) -> Markup:
    """The visitor's picture, the heat-map of its strongest neuron over it."""
    small = image.copy()
    small.thumbnail((SIDE, SIDE))
    packed = io.BytesIO()
    small.save(packed, "WEBP", quality=82)
    heat = _heat(fired[0]) if fired else None
    region = seen_region(image.width, image.height, crop, whole=True)
    return _PICTURE.format(
        ratio=image.width / image.height,
        src="data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode(),
        width=small.width,
        height=small.height,
        heat=_HEAT.format(png=heat, style=region) if heat else "",
        caption=text.IMAGE_HOVER if heat else "",
    )


def fired_list(atlas: Atlas, fired: "Sequence[Fired]") -> Markup:
    """The ranked neurons."""
    if not fired:
        return notice(text.IMAGE_NONE_FIRED)
    rows = Markup("").join(_row(atlas, one, fired[0].activation) for one in fired)
    return Markup('<ol class="fired">{}</ol>').format(rows)


def fired_skeleton(sentence: str) -> Markup:
    """Shown while the encoder works."""
    rows = Markup('<li class="fired-row"><span class="fired-name">&nbsp;</span><span class="strip"></span></li>') * 8
    return (notice(sentence) if sentence else Markup("")) + Markup('<ol class="fired ghost" aria-busy="true">{}</ol>').format(
        rows
    )


def _heat(fired: "Fired") -> str | None:
    return None if fired.patches is None else heat_png(fired.patches, float(fired.patches.max()))


def _row(atlas: Atlas, fired: "Fired", strongest: float) -> Markup:
    neuron, heat = fired.neuron, _heat(fired)
    return _ROW.format(
        heat=Markup(' data-heat-png="{}"').format(heat) if heat else "",
        href=f"neuron?{write_query(usual(atlas), atlas, id=neuron)}",
        id=neuron_id(neuron),
        name=label(atlas, neuron),
        level=level_chip(int(atlas.neurons["level"].iat[neuron])) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=ms_bar(float(atlas.ms()[neuron]), atlas.similarities[0]),
        what=text.ACTIVATION,
        width=100 * fired.activation / strongest,
        number=activation(fired.activation),
        tiles=Markup("").join(plain_tile(atlas, top.image) for top in atlas.tops(neuron, TILES)),
    )
