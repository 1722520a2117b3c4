import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.query import Query
from explorer.errors import UserError
from explorer.operations.browse import summarize
from explorer.operations.neuron import neuron as detail_of
from explorer.ui.pages.browse.controls import controls
from explorer.ui.pages.browse.summary import summary
from explorer.ui.pages.neuron import words as neuron_words
from explorer.ui.pages.neuron.aside import aside
from explorer.ui.pages.neuron.gallery import gallery
from explorer.ui.pages.neuron.histogram import histogram
from explorer.ui.pages.neuron.neighbours import neighbours
from explorer.ui.pages.neuron.portrait import portrait
from explorer.ui.parts import numbers
from explorer.ui.parts.card import card
from explorer.ui.parts.header import Link, header
from explorer.ui.parts.heat import heat_png, seen_region
from explorer.ui.parts.ms import ms_bar
from explorer.ui.parts.notice import no_atlas, notice
from explorer.ui.parts.pager import pager
from explorer.ui.theme import MS_RAMP, channels, ramp
from tests.making import Making, change_manifest, make_atlas

VOID = {"img", "input", "br"}


class Checker(HTMLParser):
    """Fails on scripts, inline handlers, and elements left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        assert not (tag in ("a", "button") and {"a", "button"} & set(self.open))
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(markup: Markup) -> str:
    parser = Checker()
    parser.feed(str(markup))
    assert parser.open == []
    return str(markup)


@pytest.mark.parametrize("neuron", [0, 1, 2])
def test_hostile_labels_are_text(atlas: Atlas, neuron: int) -> None:
    label = atlas.neurons["label"].iat[neuron]
    escaped = str(Markup.escape(label))
    for drawn in (card(atlas, summarize(atlas, neuron), "neuron?id=0"), portrait(atlas, detail_of(atlas, neuron), Query())):
        assert escaped in check(drawn)
        assert escaped == label or label not in drawn


def test_every_part_is_closed_and_free_of_scripts(atlas: Atlas) -> None:
    for neuron in range(len(atlas)):
        detail = detail_of(atlas, neuron)
        check(
            portrait(atlas, detail, Query())
            + gallery(atlas, detail, Query(), "q50")
            + aside(atlas, detail)
            + neighbours(atlas, detail)
        )
    hostile = '"><script>alert(1)</script>'
    check(header([Link(hostile, "image")], "image", [hostile], atlas, hostile))
    check(controls(atlas, Query(text=hostile)))
    check(summary(atlas) + notice(hostile) + no_atlas([UserError("", hostile), UserError(hostile)]) + pager(3, 9, "?a", "?b"))


def test_a_dead_neuron_says_why_it_has_no_images(atlas: Atlas) -> None:
    dead = detail_of(atlas, int(np.flatnonzero(np.isnan(atlas.ms()))[0]))
    assert neuron_words.DEAD_NEURON.format(images="96") in gallery(atlas, dead, Query(), "")
    assert "data-enlarge" not in gallery(atlas, dead, Query(), "")


def test_heat_maps_only_where_there_are_patches(library: Library) -> None:
    with_patches, without = (library.atlases[name] for name in ("drawings", "plain"))
    alive = [detail_of(atlas, int(np.flatnonzero(~np.isnan(atlas.ms()))[3])) for atlas in (with_patches, without)]
    assert gallery(with_patches, alive[0], Query(), "").count("data:image/png") == 16
    assert "data:image/png" not in gallery(without, alive[1], Query(), "")
    assert "data-heat" not in gallery(without, alive[1], Query(), "")


def test_one_level_and_one_similarity_offer_no_choice(library: Library) -> None:
    assert 'name="level"' not in controls(library.atlases["plain"], Query())
    assert 'name="e"' not in controls(library.atlases["plain"], Query())
    assert 'name="level"' in controls(library.atlases["drawings"], Query())


@pytest.mark.parametrize(
    ("size", "crop", "whole", "expected"),
    [
        ((200, 100), 1.0, False, (0, 0, 100, 100)),  # a tile shows the very square the encoder saw
        ((200, 100), 1.0, True, (25, 0, 50, 100)),
        ((100, 200), 0.5, True, (25, 37.5, 50, 25)),
        ((200, 100), None, False, (-50, 0, 200, 100)),  # the whole picture was seen, the tile shows its middle
        ((200, 100), None, True, (0, 0, 100, 100)),
    ],
)
def test_heat_lies_where_the_encoder_looked(
    size: tuple[int, int], crop: float | None, whole: bool, expected: tuple[float, ...]
) -> None:
    style = seen_region(size[0], size[1], crop, whole=whole)
    assert [float(number) for number in re.findall(r"-?[\d.]+(?=%)", style)] == list(expected)


def test_heat_png_is_clear_where_silent() -> None:
    import base64
    import io

    from PIL import Image

    def drawn(patches: np.ndarray, strongest: float) -> np.ndarray:
        uri = heat_png(patches.astype(np.float32), strongest)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))

    pixels = drawn(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 4.0]]), 4.0)
    assert pixels.shape == (8, 12, 4)
    assert pixels[0, 0, 3] == 0
    assert pixels[-1, -1, 3] > 200
    assert drawn(np.zeros((2, 2)), 0.0)[..., 3].tolist() == [[0] * 8] * 8


def test_ms_bar_has_one_scale() -> None:
    assert ramp(MS_RAMP, 0) == MS_RAMP[0]
    assert ramp(MS_RAMP, 1) == ramp(MS_RAMP, 7) == MS_RAMP[-1]
    luminance = [sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels(stop), strict=True)) for stop in MS_RAMP]
    assert luminance == sorted(luminance)  # reads without colour
    assert "width:87.0%" in ms_bar(0.87, "dinov2")
    assert "–" in ms_bar(math.nan, "dinov2")
    assert "−0.05" in ms_bar(-0.05, "dinov2")
    assert numbers.score(-0.001) == "0.00"


def test_ms_bar_has_a_mark_at_the_floor() -> None:
    bar = ms_bar(0.36, "dinov2", 0.327)
    assert '<span class="ms-floor" style="left:32.7%"></span>' in bar
    assert "Two random images of this set have a mean cosine of 0.33 under dinov2; this neuron&#39;s images are 0.03 above" in bar
    assert "0.10 below that" in ms_bar(0.2, "dinov2", 0.3)
    assert "no more alike" in ms_bar(0.301, "dinov2", 0.3)
    assert "left:0.0%" in ms_bar(0.2, "dinov2", -0.004)
    assert "ms-floor" not in ms_bar(0.36, "dinov2")
    dead = ms_bar(math.nan, "dinov2", 0.3)
    assert "ms-floor" in dead
    assert "Two random" not in dead


def test_a_neurons_head_tells_its_lift_and_rank(tmp_path: Path) -> None:
    directory = make_atlas(tmp_path, Making(floor=0.25))
    change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    ranked = atlas.ranked_ms()
    best, rare = int(np.nanargmax(ranked)), int(np.flatnonzero(np.isnan(ranked) & ~np.isnan(atlas.ms()))[0])
    dead = int(np.flatnonzero(np.isnan(atlas.ms()))[0])
    heads = {n: portrait(atlas, detail_of(atlas, n), Query(alive=False)) for n in (best, rare, dead)}
    assert f"lift {numbers.difference(float(ranked[best]) - 0.25)}" in heads[best]
    assert "100th percentile" in heads[best]
    assert f"1st of {np.isfinite(ranked).sum()} neurons that fire on 16 images or more, by MS" in heads[best]
    assert "not ranked" in heads[rare]
    assert "percentile" not in heads[rare]
    assert not any(words in heads[dead] for words in ("not ranked", "lift", "percentile"))


def test_an_atlas_without_a_floor_shows_no_mark(atlas: Atlas) -> None:
    number = int(np.nanargmax(atlas.ms()))
    head = portrait(atlas, detail_of(atlas, number), Query())
    assert "ms-floor" not in head
    assert "lift" not in head
    assert "floor" not in summary(atlas)


def test_the_atlas_in_figures(tmp_path: Path) -> None:
    directory = make_atlas(tmp_path, Making(floor=0.25))
    change_manifest(directory, lambda content: content["dataset"].update(images=1000))
    atlas = Atlas(directory)
    assert np.nanmax(atlas.ranked_ms()) < np.nanmax(atlas.ms())
    drawn = summary(atlas)
    assert f"{numbers.score(float(np.nanmax(atlas.ranked_ms())))} best" in drawn
    assert "0.25 floor" in drawn
    assert f"all {np.isfinite(atlas.ranked_ms()).sum()} neurons that fire on 16 images or more, by rank" in drawn


def test_numbers() -> None:
    assert [numbers.neuron_id(n) for n in (0, 123, 65535)] == ["#0000", "#0123", "#65535"]
    assert [numbers.percent(s) for s in (0, 1e-6, 0.004, 0.012, 0.5)] == ["0 %", "< 0.01 %", "0.4 %", "1.2 %", "50 %"]
    assert [numbers.ordinal(p) for p in (1.9, 2, 3, 11, 98.7, 100)] == ["1st", "2nd", "3rd", "11th", "98th", "100th"]
    assert [numbers.difference(d) for d in (0.034, -0.1, 0.004, -0.004)] == ["+0.03", "−0.10", "0.00", "0.00"]
    assert [numbers.activation(a) for a in (0.01234, 3.14159, 12345.6)] == ["0.0123", "3.14", "12,346"]


def test_histogram_shows_the_counts() -> None:
    counts = np.zeros(64, int)
    counts[[32, 34, 35]] = [1, 4, 2]  # half octaves from 2⁰, 2¹ and 2¹·⁵
    drawn = check(histogram(counts))
    assert re.findall(r'height:([\d.]+)%"></span><span class="bin-words">([^<]+) <span>at ([^<]+)<', drawn) == [
        ("25.0", "1 image", "1 to 1.41"),
        ("0.0", "0 images", "1.41 to 2"),
        ("100.0", "4 images", "2 to 2.83"),
        ("50.0", "2 images", "2.83 to 4"),
    ]
    assert '<span class="highest">4 images</span>' in drawn


def test_neuron_before_and_after_follow_the_view(atlas: Atlas) -> None:
    query = Query(sort="density", level=3)
    order = atlas.page(Query(sort="density", level=3, size=len(atlas))).neurons
    drawn = portrait(atlas, detail_of(atlas, order[1]), query)
    assert re.search(rf'href="neuron\?[^"]*id={order[0]}"[^>]*rel="prev"', drawn)
    assert re.search(rf'href="neuron\?[^"]*id={order[2]}"[^>]*rel="next"', drawn)
    assert 'rel="prev"' not in portrait(atlas, detail_of(atlas, order[0]), query)
