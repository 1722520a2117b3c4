"""A neuron elsewhere: its card, its picture and its preview, as they are drawn and as they are served."""

import io
import re
from copy import copy

import numpy as np
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.parts.numbers import percent
from explorer.ui.share.card import card
from explorer.ui.share.picture import ACROSS, BAR, EDGE, GAP, SIDE, SIZE, picture
from explorer.ui.theme import MS_RAMP, channels, ramp
from tests.serving import Served

OG = "/og/drawings/7.png"


def drawn(atlas: Atlas, neuron: int) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture(atlas, neuron))), np.int16)


def test_the_picture_shows_the_top_images_in_order(atlas: Atlas) -> None:
    pixels = drawn(atlas, 7)
    assert pixels.shape == (SIZE[1], SIZE[0], 3)
    for place, top in enumerate(atlas.top_images(7, 12)):
        down, across = divmod(place, ACROSS)
        x, y = EDGE + across * (SIDE + GAP), SIZE[1] - EDGE - 2 * SIDE - GAP + down * (SIDE + GAP)
        thumb = Image.open(io.BytesIO(atlas.images.thumbnail(top.image) or b"")).convert("RGB")
        centre = np.asarray(thumb, np.int16)[thumb.height // 2, thumb.width // 2]
        assert np.abs(pixels[y + SIDE // 2, x + SIDE // 2] - centre).max() < 40


def test_the_pictures_bar_is_as_long_as_ms(atlas: Atlas) -> None:
    best = int(np.nanargmax(atlas.ms()))
    ms = float(atlas.ms()[best])
    row = drawn(atlas, best)[165, EDGE : EDGE + BAR[0]]
    filled = np.abs(row - np.array(channels(ramp(MS_RAMP, ms)))).max(1) < 3
    assert filled.sum() == pytest.approx(BAR[0] * ms, abs=3)


def test_a_dead_neuron_and_hostile_names_are_drawn_too(atlas: Atlas) -> None:
    dead = int(np.flatnonzero(np.isnan(atlas.ms()))[0])
    assert (drawn(atlas, dead)[SIZE[1] // 2 :] == drawn(atlas, dead)[-1, -1]).all()
    for neuron in range(3):
        assert "<script" not in card(atlas, neuron)
        assert drawn(atlas, neuron).shape == (630, 1200, 3)


def test_a_card_is_a_link_without_scripts(atlas: Atlas) -> None:
    document = card(atlas, 7)
    assert document.startswith("<!doctype html>")
    assert not re.search(r"<(script|form|iframe|button)|\son\w+=|https?:", document)
    assert document.count('<img src="thumbs/') == 8
    assert document.count("data:image/png") == 8
    assert 'href="neuron?atlas=drawings&amp;id=7" target="_blank" rel="noopener"' in document


def test_in_place_of_images_that_have_a_note_stands_the_note(atlas: Atlas) -> None:
    noted = copy(atlas)
    noted.entry = atlas.entry._replace(content_note="Unfiltered <b>photographs</b>.")
    document = card(noted, 7)
    assert "Unfiltered &lt;b&gt;photographs&lt;/b&gt;." in document
    assert "<img" not in document
    assert 'href="neuron?atlas=drawings&amp;id=7"' in document
    seen, plain = drawn(noted, 7)[210:], drawn(atlas, 7)[210:]  # below name and figures
    colourful = [(pixels.max(2) - pixels.min(2) > 40).mean() for pixels in (seen, plain)]
    assert colourful[0] == 0 < colourful[1]
    assert 0.005 < (seen.max(2) < 80).mean() < 0.2  # there are words


def test_embed_is_served_in_place_of_the_page(site: Served) -> None:
    reply = site.client.get("/neuron?atlas=drawings&id=7&embed=1")
    assert reply.status_code == 200
    assert "monoscope.js" not in reply.text
    assert "frame-ancestors *" in reply.headers["content-security-policy"]
    for query in ("atlas=drawings&id=7", "atlas=drawings&id=7&embed=0", "atlas=drawings&id=7&embed=1&embed=2"):
        page = site.client.get(f"/neuron?{query}")
        assert "monoscope.js" in page.text
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("atlas=nobody&id=1", text.UNKNOWN_ATLAS), ("atlas=drawings&id=64", text.BAD_NEURON.format(last="63")), ("", "neuron")],
)
def test_a_card_of_nothing_is_one_sentence(site: Served, query: str, sentence: str) -> None:
    reply = site.client.get(f"/neuron?{query}&embed=1")
    assert reply.status_code == 404
    assert sentence in reply.text
    assert "frame-ancestors *" in reply.headers["content-security-policy"]


def test_the_picture_is_served(site: Served, atlas: Atlas) -> None:
    reply = site.client.get(OG)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert "max-age=3600" in reply.headers["cache-control"]
    assert reply.content == picture(atlas, 7)
    page = site.client.get("/neuron?atlas=drawings&id=7").text
    assert f'<meta property="og:image" content="{site.url}{OG}" />' in page
    assert f"fires on {percent(float(atlas.neurons['density'].iat[7]))} of 96 images" in page


@pytest.mark.parametrize(
    "path",
    ["/og/drawings/64.png", "/og/nobody/7.png", "/og/drawings/-1.png", "/og/drawings/7.webp", "/og/drawings/9999999999.png"],
)
def test_no_other_picture_is_served(site: Served, path: str) -> None:
    assert site.client.get(path).status_code == 404
