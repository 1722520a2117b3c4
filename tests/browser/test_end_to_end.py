"""From a folder of pictures to answers in the browser: the real pipeline, the real models, the running app."""

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.models.neuron_reader import load_neuron_reader
from tests.browser.conftest import playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
pytestmark = pytest.mark.slow


def test_it_is_browsed_over_http(world, site):
    """The page's HTML names the best neurons of the atlas, and their thumbnails are served."""
    atlas = Atlas(world.atlases / "patches")
    page = site.load("/", "atlas=patches")
    shown = [int(neuron) for neuron in re.findall(r'class="card" [^>]*data-neuron="(\d+)"', page)]
    assert shown == atlas.page(Query()).neurons
    for thumb in re.findall(r'src="(thumbs/[^"]+)"', page)[:5]:
        answer = httpx.get(f"{site.url}/{thumb}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")


def test_a_card_a_neuron_and_back(page: "Page", world):
    atlas = Atlas(world.atlases / "patches")
    page.goto("/?atlas=patches")
    page.locator(".cards .card[data-neuron]").first.click()
    best = atlas.page(Query()).neurons[0]
    expect(page.locator(".portrait h1 .id")).to_have_text(f"#{best:04d}")
    expect(page.locator(".shots figure.shot")).to_have_count(len(atlas.top_images(best)))
    page.locator(".crumbs a").first.click()
    page.wait_for_selector(".cards .card")


def test_an_uploaded_picture_fires_what_the_models_say(page: "Page", world):
    picture = world.pictures / "class0" / "00.png"
    reader = load_neuron_reader(Atlas(world.atlases / "patches"))
    expected = [fired.neuron for fired in reader.read(decode_picture(picture.read_bytes()))]
    page.goto("/image?atlas=patches")
    page.locator("#upload input[type=file]").set_input_files(picture)
    page.wait_for_selector(".fired:not(.ghost) .fired-row")
    shown = [int(text.removeprefix("#")) for text in page.locator(".fired-row .id").all_inner_texts()]
    assert shown == expected[: len(shown)]
    assert len(shown) >= min(5, len(expected)) >= 3
    page.locator(".fired-row a.fired-name").first.click()
    expect(page.locator(".portrait h1 .id")).to_have_text(f"#{expected[0]:04d}")


def test_what_is_no_picture_is_told_so_in_place(page: "Page", tmp_path):
    (tmp_path / "no.png").write_bytes(b"no picture")
    page.goto("/image?atlas=patches")
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "no.png")
    expect(page.locator(".notice").last).to_contain_text("This picture cannot be used")
