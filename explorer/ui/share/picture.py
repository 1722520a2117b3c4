"""A neuron's picture for previews of links: its images, its name, and its MS with the floor."""

import io
import math
from functools import lru_cache
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont, ImageOps

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.ui.share.told import noted, told
from explorer.ui.theme import MS_RAMP, ramp

SIZE = (1200, 630)  # px, as readers of Open Graph tags show large pictures (https://ogp.me)
ACROSS, DOWN = 6, 2  # images
EDGE, GAP = 48, 9  # px
SIDE = (SIZE[0] - 2 * EDGE - (ACROSS - 1) * GAP) // ACROSS
GROUND, INK, MUTED, LINE = "#fbfaf8", "#1c1b19", "#68665f", "#e0ddd6"
FONTS = ("DejaVuSerif.ttf", "LiberationSerif-Regular.ttf", "Georgia.ttf")  # the first that the machine has; else Pillow's own
LONGEST, LINE_OF_NOTE = 420, 64  # characters of a note that are drawn, and of one line
BAR = (280, 14)  # px of the MS bar from 0 to 1


def picture(atlas: Atlas, neuron: int) -> bytes:
    """The picture, as PNG; in place of images that have a note, the note.

    Raises:
        UserError: if there is no such neuron, or its images cannot be read.
    """
    canvas = Image.new("RGB", SIZE, GROUND)
    _write(ImageDraw.Draw(canvas), atlas, neuron)
    top = SIZE[1] - EDGE - DOWN * SIDE - (DOWN - 1) * GAP
    note = noted(atlas)
    ImageDraw.Draw(canvas).multiline_text((EDGE, top), "\n".join(wrap(note[:LONGEST], LINE_OF_NOTE)), INK, _font(30), spacing=12)
    for place, shown in enumerate([] if note else atlas.top_images(neuron, ACROSS * DOWN)):
        data = atlas.images.thumbnail(shown.image)
        if data is not None:
            down, across = divmod(place, ACROSS)
            tile = ImageOps.fit(decode_picture(data), (SIDE, SIDE))
            canvas.paste(tile, (EDGE + across * (SIDE + GAP), top + down * (SIDE + GAP)))
    packed = io.BytesIO()
    canvas.save(packed, "PNG")
    return packed.getvalue()


def _write(pen: ImageDraw.ImageDraw, atlas: Atlas, neuron: int) -> None:
    words, similarity = told(atlas, neuron), atlas.similarities[0]
    pen.text((EDGE, 36), f"{words.id}  ·  {atlas.name}  ·  Monoscope", MUTED, _font(24))
    pen.text((EDGE, 68), _fitting(words.label.name, _font(58), SIZE[0] - 2 * EDGE), INK, _font(58))
    ms, floor, x = float(atlas.ms(similarity)[neuron]), atlas.floor(similarity), EDGE
    if not math.isnan(ms):
        _bar(pen, ms, floor, (x, 172 - BAR[1]))
        x += BAR[0] + 24
    figures = " · ".join(filter(None, [words.ms, words.fires]))
    pen.text((x, 151), _fitting(figures, _font(22), SIZE[0] - EDGE - x), MUTED, _font(22))


def _bar(pen: ImageDraw.ImageDraw, ms: float, floor: float | None, corner: tuple[int, int]) -> None:
    """As on the pages: filled from 0 to MS in the one colour scale, a mark at the floor."""
    (left, top), (width, height) = corner, BAR
    pen.rounded_rectangle((left, top, left + width, top + height), height // 2, LINE)
    share = min(max(ms, 0.0), 1.0)
    if width * share >= height:
        pen.rounded_rectangle((left, top, left + width * share, top + height), height // 2, ramp(MS_RAMP, share))
    if floor is not None:
        at = left + width * min(max(floor, 0.0), 1.0)
        pen.rectangle((at - 2, top - 6, at + 1, top + height + 6), INK)


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The text, cut where it would be wider."""
    if font.getlength(text[:200]) <= width:
        return text[:200]
    cut = next(length for length in range(len(text[:200]), 0, -1) if font.getlength(f"{text[:length]}…") <= width)
    return f"{text[:cut]}…"


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    own = ImageFont.load_default(size)
    assert isinstance(own, ImageFont.FreeTypeFont)  # asked for with a size
    return own
