"""Search as a visitor does it: from the header, by words, a number or a picture; and what finds nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.browser.conftest import playwright
from tests.serving import ROOT, Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    """The built-in atlases: the only ones with a text tower."""
    with served(ROOT / "assets/storybook/atlases") as running:
        yield running


def ask(page: "Page", words: str) -> None:
    """Type into the header's box."""
    box = page.locator(".top").get_by_role("searchbox")
    box.fill(words)
    box.press("Enter")


def test_words_find_neurons_with_their_reasons(page: "Page") -> None:
    page.goto("/about?atlas=storybook")
    page.locator("#about h1").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("boat")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/search\?atlas=storybook&q=boat$"))
    expect(page.locator(".found-group h2")).to_have_count(2)
    expect(page.locator(".hit .card-name").first).to_have_text("boat")
    expect(page).to_have_title(re.compile("boat"))
    expect(page.locator(".top").get_by_role("searchbox")).to_have_value("boat")
    page.locator(".hit .card-name").first.click()
    page.wait_for_url(re.compile(r"/neuron\?"))


def test_a_number_leads_to_its_neuron(page: "Page") -> None:
    page.goto("/?atlas=storybook")
    page.wait_for_selector(".cards .card[data-neuron]")
    ask(page, "#17")
    page.wait_for_url(re.compile(r"/neuron\?atlas=storybook&id=17$"))
    expect(page.locator(".portrait h1 .id")).to_have_text("#0017")


def test_what_finds_nothing_says_why_and_goes_on(page: "Page") -> None:
    page.goto("/search?atlas=storybook&q=zeppelin")
    expect(page.locator(".notice")).to_contain_text("never taught “zeppelin”")
    page.locator(".suggestion").first.click()
    expect(page.locator(".hit").first).to_be_visible()
    page.goto(f"/search?atlas=storybook&q={'boat+' * 100}")
    expect(page.locator(".notice")).to_contain_text("499 characters")


def test_a_picture_finds_what_fires_on_it_on_a_phone(page: "Page", tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/search?atlas=storybook&q=boat")
    expect(page.locator(".hit").first).to_be_visible()
    results, upload = (page.locator(part).bounding_box() for part in ("#found", "#search-upload"))
    assert results
    assert upload
    assert results["y"] < upload["y"]  # the answer comes first
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    Image.new("RGB", (64, 64), "crimson").save(tmp_path / "red.png")
    page.locator("#search-upload input[type=file]").set_input_files(tmp_path / "red.png")
    expect(page.locator(".found-group h2").first).to_contain_text("Fire on it")
    expect(page.locator("#search-picture img").first).to_be_visible()
    assert "q=" not in page.url


def test_two_atlases_side_by_side_and_the_same_picture(page: "Page") -> None:
    page.goto("/compare?atlas=storybook&with=storybook-patches")
    expect(page.locator(".figures-table tbody tr")).to_have_count(12)
    expect(page.locator(".counterpart")).to_have_count(8)
    expect(page.locator("#compare-curves .main-svg").first).to_be_visible()
    page.get_by_label("with").select_option("storybook-batchtopk")
    page.wait_for_url(re.compile("with=storybook-batchtopk"))
    expect(page.locator(".figures-table thead")).to_contain_text("storybook-batchtopk")
    page.locator("#compare-examples .strip a").first.click()
    page.wait_for_url(re.compile("example="))
    expect(page.locator("#compare-firing .hit").nth(5)).to_be_visible()
    page.get_by_label("with").select_option("storybook")
    expect(page.locator(".notice").first).to_contain_text("compared with itself")


def test_neurons_of_the_tray_side_by_side_on_a_phone(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/compare?neurons=storybook:26,storybook-patches:5,nowhere:9")
    expect(page.locator(".together-neuron")).to_have_count(2)
    expect(page.locator(".notice")).to_contain_text("nowhere:9")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
