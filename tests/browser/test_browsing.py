"""What a visitor does, in Chromium, against the running explorer."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import playwright
from tests.conftest import HOSTILE_IN_A_BROWSER as HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Served

expect = playwright.expect
CARDS = ".cards .card[data-neuron]"
pytestmark = pytest.mark.slow


def neurons(page: "Page") -> list[str]:
    """The neurons on the cards, in order."""
    page.wait_for_selector(CARDS)
    return page.eval_on_selector_all(CARDS, "cards => cards.map(card => card.dataset.neuron)")


def settled(page: "Page") -> None:
    """Waits until the page is drawn and nothing holds a place any more; the network is never idle, for a stream stays open."""
    page.wait_for_selector(".top .brand")
    ready = "[...document.images].every((image) => image.complete || image.loading === 'lazy')"
    page.wait_for_function(f"!document.querySelector('.ghost') && {ready}")


def test_nothing_empty_between_filters_and_cards(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    settled(page)
    filters, cards = (page.locator(part).first.bounding_box() for part in (".filters", ".cards"))
    assert filters
    assert cards
    assert cards["y"] - (filters["y"] + filters["height"]) < 80


def test_a_card_leads_to_its_neuron(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    first = neurons(page)[0]
    page.locator(CARDS).first.click()
    page.wait_for_url(re.compile(rf"/neuron\?.*id={first}$"))
    expect(page.locator(".portrait h1 .id")).to_have_text(f"#{int(first):04d}")
    expect(page.locator(".shots figure.shot .heat")).to_have_count(16)
    expect(page.locator(".histogram .bin").first).to_be_visible()
    expect(page).to_have_title(re.compile(rf"#{int(first):04d}"))


def test_the_neuron_page_leads_back_to_the_same_view(page: "Page") -> None:
    page.goto("/?atlas=shapes&sort=density&p=2")
    before = neurons(page)
    page.locator(CARDS).nth(3).click()
    page.wait_for_selector(".portrait h1")
    page.go_back()
    expect(page).to_have_url(re.compile(r"sort=density&p=2"))
    assert neurons(page) == before


def test_sort_and_filter_change_cards_and_address(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    before = neurons(page)
    page.get_by_label("Sort").select_option("id")
    expect(page.locator(CARDS).first).to_have_attribute("data-neuron", re.compile("^[0-3]$"))
    assert neurons(page) != before
    page.get_by_label("Level").select_option("1")
    expect(page.locator(".bar .count").first).to_contain_text(re.compile(r"^1\d neurons|^\d neurons"))
    assert "sort=id" in page.url
    assert "level=1" in page.url
    assert {page.locator(f"{CARDS} .chip").nth(i).inner_text() for i in range(3)} == {"level 1"}


def test_reload_keeps_the_view(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    neurons(page)
    page.get_by_label("Sort").select_option("ms-low")
    page.locator("input[name=dead]").check()
    expect(page.locator(".bar .count").first).to_contain_text("120")
    before, address = neurons(page), page.url
    page.reload()
    assert neurons(page) == before
    assert page.url == address
    expect(page.get_by_label("Sort")).to_have_value("ms-low")
    expect(page.locator("input[name=dead]")).to_be_checked()


def test_ms_handles_filter(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    neurons(page)
    low = page.get_by_role("slider", name="Lowest MS")
    low.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"min=0\.\d+"))
    expect(page.locator(".bar .count").first).not_to_contain_text("115")
    limit = float(re.search(r"min=([\d.]+)", page.url)[1])  # type: ignore[index]
    page.get_by_label("Sort").select_option("ms-low")
    lowest = page.locator(f"{CARDS} .ms-number").first
    expect(lowest).to_have_text(re.compile(r"0\.[23]\d"))  # the sorting has arrived
    assert float(lowest.inner_text().split()[-1]) >= limit - 0.005


def test_a_name_filters_as_it_is_typed(page: "Page") -> None:
    page.goto("/?atlas=shapes&text=%2317")
    assert "17" in neurons(page)
    name = page.locator("#filters").get_by_role("searchbox")
    name.fill("zeppelin")
    expect(page.locator(".empty")).to_contain_text("No neuron matches")
    page.get_by_role("link", name="Reset all filters").click()
    assert len(neurons(page)) == 24
    expect(name).to_have_value("")


def test_arrow_keys_turn_pages_but_not_while_typing(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    first = neurons(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pager b").first).to_have_text("2")
    assert "p=2" in page.url
    assert neurons(page) != first
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".pager b").first).to_have_text("1")
    page.locator(".top").get_by_role("searchbox").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    expect(page.locator(".pager b").first).to_have_text("1")
    page.go_back()
    expect(page.locator(".pager b").first).to_have_text("2")


def test_next_neuron_and_bands_in_place(page: "Page") -> None:
    page.goto("/neuron?atlas=shapes&id=5")
    expect(page.locator(".portrait h1 .id")).to_have_text("#0005")
    page.get_by_role("link", name="q50").click()
    expect(page.locator(".shots figure.shot")).to_have_count(8)
    assert "band=q50" in page.url
    page.locator("a[rel=next]").click()
    expect(page.locator(".portrait h1 .id")).not_to_have_text("#0005")
    page.go_back()
    expect(page.locator(".portrait h1 .id")).to_have_text("#0005")
    expect(page.locator(".shots figure.shot")).to_have_count(8)


def test_an_image_opens_large_and_closes(page: "Page") -> None:
    page.goto("/neuron?atlas=shapes&id=5")
    expect(page.locator("[data-enlarge]")).to_have_count(16)
    captions = [tile.get_attribute("data-caption") for tile in page.locator("[data-enlarge]").all()]
    page.locator("[data-enlarge]").first.click()
    viewer = page.locator("dialog.viewer")
    expect(viewer.locator("p")).to_have_text(captions[0] or "")
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    expect(viewer.locator("p")).to_have_text(captions[15] or "")
    expect(page.locator(".portrait h1 .id")).to_have_text("#0005")
    page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()


def test_hostile_labels_are_text(page: "Page") -> None:
    page.goto("/?atlas=shapes&sort=id&dead=1")
    expect(page.locator(f"{CARDS} .card-name").first).to_contain_text(HOSTILE[0])
    expect(page.locator(f"{CARDS} .card-name").nth(1)).to_contain_text(HOSTILE[1])
    for neuron, label in enumerate(HOSTILE):
        page.goto(f"/neuron?atlas=shapes&id={neuron}")
        expect(page.locator(".portrait h1 .name")).to_contain_text(label)
        assert page.title().startswith("#")


@pytest.mark.parametrize("path", ["/", "/neuron?atlas=shapes&id=5", "/image?atlas=shapes", "/about"])
@pytest.mark.parametrize("width", [390, 820])
def test_no_sideways_scrolling(page: "Page", path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_cards_a_row_on_a_phone(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/?atlas=shapes")
    neurons(page)
    tops = page.eval_on_selector_all(CARDS, "cards => cards.slice(0, 3).map(card => card.offsetTop)")
    assert tops[0] == tops[1] < tops[2]


def test_light_and_dark_follow_the_visitor(browser: "Browser", site: "Served") -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, base_url=site.url)
        page = context.new_page()
        page.goto("/")
        neurons(page)
        grounds[scheme] = page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor")
        context.close()
    assert grounds == {"light": "rgb(251, 250, 248)", "dark": "rgb(19, 19, 18)"}


def test_nothing_comes_from_elsewhere(page: "Page", site: "Served") -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/neuron?atlas=shapes&id=5", "/image?atlas=shapes", "/about"):
        page.goto(path)
        settled(page)
    assert [url for url in asked if not url.startswith((site.url, "data:", "blob:"))] == []


def test_atlas_chooser_switches_atlas(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    neurons(page)
    page.locator(".top .chooser summary").click()
    page.get_by_role("link", name="plain").click()
    page.wait_for_url(re.compile("atlas=plain"))
    expect(page.locator(".bar .count").first).to_contain_text("28 neurons")
    expect(page.get_by_role("link", name="Image", exact=True)).to_have_count(0)


def test_the_atlas_in_figures_opens_and_closes(page: "Page") -> None:
    page.goto("/?atlas=drawings")
    button, figures = page.locator(".summary [data-opens]"), page.locator(".summary .figures")
    expect(figures).to_be_hidden()
    button.click()
    expect(figures).to_be_visible()
    button.click()
    expect(figures).to_be_hidden()
