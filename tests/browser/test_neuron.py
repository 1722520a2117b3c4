"""What a visitor does with one neuron, in Chromium, at a desk and on a phone."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.atlas.curated import CuratedName, read_curated
from explorer.ui.pages.neuron import words
from tests.browser.conftest import playwright
from tests.browser.test_browsing import settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Served

expect = playwright.expect
pytestmark = pytest.mark.slow
NEURON = "/neuron?atlas=shapes&id=5"
SHIFT = """() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value)))
        .observe({ type: "layout-shift", buffered: true });
}"""


@pytest.fixture
def phone(browser: "Browser", site: "Served") -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=site.url)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def ready(page: "Page", address: str = NEURON) -> None:
    page.goto(address)
    settled(page)
    page.wait_for_selector(".portrait h1")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_jumps_as_the_page_comes(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(f"({SHIFT})()")
    ready(page)
    page.wait_for_timeout(500)
    assert page.evaluate("window.shift") <= 0.02


def test_the_histogram_tells_its_bars_by_pointer_and_by_finger(page: "Page", phone: "Page") -> None:
    ready(page)
    page.locator(".bin").nth(2).hover()
    expect(page.locator(".bin").nth(2).locator(".bin-words")).to_be_visible()
    expect(page.locator(".bin").nth(1).locator(".bin-words")).not_to_be_visible()
    ready(phone)
    phone.locator(".bin").nth(2).tap()
    expect(phone.locator(".bin").nth(2).locator(".bin-words")).to_be_visible()


def test_an_image_leads_to_the_neurons_that_fire_on_it(page: "Page") -> None:
    ready(page)
    image = page.locator(".shots .tile").nth(3)
    wanted = (image.locator("img").first.get_attribute("src") or "").rsplit("/", 1)[1].removesuffix(".webp")
    ask = image.locator(".ask")
    expect(ask).to_have_css("opacity", "0")
    image.hover()
    expect(ask).to_have_css("opacity", "1")
    assert ask.get_attribute("href") == f"image?atlas=shapes&example={wanted}"
    page.locator(".shots .tile button").nth(3).click()
    expect(page.locator(".viewer-ask")).to_have_attribute("href", f"image?atlas=shapes&example={wanted}")


def test_a_cards_images_are_reached_by_keyboard(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    page.wait_for_selector(".card .ask")
    asks = page.locator(".cards .card").first.locator(".ask")
    assert [asks.nth(place).get_attribute("tabindex") for place in range(4)] == [None, "-1", "-1", "-1"]
    asks.first.focus()
    expect(asks.first).to_have_css("opacity", "1")
    address = page.url
    page.keyboard.press("ArrowRight")
    expect(asks.nth(1)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(asks.first).to_be_focused()
    assert page.url == address  # the arrows did not turn the page
    href = asks.first.get_attribute("href") or ""
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{href}")


def test_a_long_press_asks_and_a_short_one_opens(phone: "Page") -> None:
    phone.goto("/?atlas=shapes")
    tile = phone.locator(".cards .card .tile").first
    tile.scroll_into_view_if_needed()
    box = tile.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = phone.context.new_cdp_session(phone)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    expect(tile.locator(".ask")).to_have_css("opacity", "1")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(tile.locator(".ask")).to_have_css("opacity", "1")
    assert "/neuron" not in phone.url
    phone.locator(".cards .card .tile").nth(5).tap()
    phone.wait_for_url("**/neuron?*")


def test_a_name_of_ones_own_is_kept_shown_and_given_out(page: "Page", tmp_path: Path) -> None:
    own = '<b>my "shape"</b>, =1'
    ready(page)
    others = page.locator(".portrait h1 .name").inner_text()
    page.get_by_label(words.YOURS).fill(own)
    name = page.locator(".portrait h1 .name")
    expect(name).to_have_text(own)
    expect(name).to_have_class("name yours")
    page.goto("/?atlas=shapes&text=%235")
    expect(page.locator('.card[data-neuron="5"] .name')).to_have_text(own)
    ready(page)
    expect(page.get_by_label(words.YOURS)).to_have_value(own)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download names.csv").click()
    download.value.save_as(tmp_path / "names.csv")
    assert read_curated(tmp_path, 120) == {5: CuratedName(own, "", "")}
    page.get_by_label(words.YOURS).fill("")
    expect(name).to_have_text(others)
    assert json.loads(page.evaluate("localStorage.getItem('monoscope.names')")) == {}


def test_names_survive_a_storage_that_holds_something_else(page: "Page") -> None:
    page.add_init_script("localStorage.setItem('monoscope.names', '[{')")
    ready(page)
    page.get_by_label(words.YOURS).fill("again")
    expect(page.locator(".portrait h1 .name")).to_have_text("again")


@pytest.fixture
def elsewhere(site: "Served") -> Iterator[str]:
    """The address of another site's page, which frames a neuron's card and its whole page."""
    framed = "".join(f'<iframe src="{site.url}{address}"></iframe>' for address in (f"{NEURON}&embed=1", NEURON)).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(framed)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_card_stands_in_another_sites_page_and_the_page_does_not(browser: "Browser", elsewhere: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(elsewhere)
    card = page.frame_locator("iframe").first
    expect(card.locator(".id")).to_have_text("#0005")
    expect(card.locator(".images img:not(.heat)")).to_have_count(8)
    assert page.frames[2].url.startswith("chrome-error:")
    context.close()
