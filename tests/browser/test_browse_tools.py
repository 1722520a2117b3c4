"""Browse's tools as a visitor uses them: the table, the compare tray, the keys, and the first minute."""

import re
from typing import TYPE_CHECKING

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from tests.browser.conftest import playwright
from tests.browser.test_browsing import CARDS, neurons, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = playwright.expect
pytestmark = pytest.mark.slow
FOCUSED = "document.activeElement.closest('[data-neuron]')?.dataset.neuron"


def test_the_table_sorts_by_its_heads_on_the_server(page: "Page") -> None:
    page.goto("/?atlas=drawings")
    settled(page)
    page.locator(".views").get_by_text("Table").click()
    rows = page.locator("tr[data-neuron]")
    expect(rows.first).to_be_visible()
    strongest = page.locator(".neurons thead a").filter(has_text="Strongest")
    strongest.click()
    expect(page.locator(".neurons th[aria-sort]")).to_contain_text("Strongest")
    expect(page).to_have_url(re.compile("view=table.*sort=activation|sort=activation.*view=table"))
    told = [float(cell.split()[-1]) for cell in page.locator("tr[data-neuron] td:nth-last-child(2)").all_inner_texts()]
    assert len(told) > 5
    page.reload()
    expect(page.locator(".neurons th[aria-sort]")).to_contain_text("Strongest")


def test_the_tray_keeps_neurons_and_leads_to_them_side_by_side(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    first, second, *_ = neurons(page)
    for place in (0, 1):
        page.locator(CARDS).nth(place).hover()
        page.locator(f"{CARDS} [data-tray]").nth(place).click()
    page.reload()
    settled(page)
    expect(page.locator(".tray-neuron")).to_have_count(2)
    page.locator(".tray-neuron [data-out]").first.click()
    expect(page.locator(".tray-hint")).to_be_visible()
    page.locator(f"{CARDS} [data-tray]").first.focus()
    page.keyboard.press("Enter")
    page.locator(".tray .action").click()
    expect(page).to_have_url(re.compile("compare"))
    shown = page.locator(".together-neuron [data-neuron]")
    expect(shown).to_have_count(2)
    assert {shown.nth(place).get_attribute("data-neuron") for place in (0, 1)} == {first, second}
    page.locator(".tray").get_by_text("Clear").click()
    expect(page.locator(".tray")).to_be_hidden()


def test_neurons_are_gone_through_by_keys_alone(page: "Page") -> None:
    page.goto("/?atlas=shapes")
    shown = neurons(page)
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert page.evaluate(FOCUSED) == shown[place]
    page.keyboard.press("c")
    expect(page.locator(".tray-neuron")).to_have_text(re.compile(f"{int(shown[1]):04d}"))
    page.keyboard.press("?")
    expect(page.locator(".key-list")).to_be_visible()
    page.keyboard.press("j")  # not while the list is open
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == shown[1]
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(r"p=2"))
    page.keyboard.press("/")
    expect(page.locator(".search input[type=search]")).to_be_focused()


def test_the_first_minute_is_one_live_neuron_until_it_is_hidden(page: "Page", world) -> None:
    page.goto("/?atlas=patches")
    welcome = page.locator(".welcome")
    expect(welcome).to_be_visible()
    expect(welcome.locator(".heat").first).to_be_visible()
    terms = welcome.locator(".term")
    terms.first.hover()
    expect(page.locator("#tip")).to_have_text(terms.first.get_attribute("data-tip") or "")
    page.locator("[data-dismiss]").click()
    expect(welcome).to_be_hidden()
    page.reload()
    settled(page)
    expect(welcome).to_be_hidden()
    page.locator("[data-opens]").first.click()
    page.locator("[data-welcome]").click()
    expect(welcome).to_be_visible()
    welcome.locator(".action").click()
    page.wait_for_selector(".portrait h1")
    named = int(re.findall(r"id=(\d+)", page.url)[0])
    assert named in Atlas(world.atlases / "patches").page(Query(size=2000)).neurons


def test_what_is_known_of_a_neuron_stands_beside_its_images(page: "Page") -> None:
    page.goto("/neuron?atlas=drawings&id=7")
    expect(page.locator(".shots img").first).to_be_visible()  # the page has taken its skeleton's place
    expect(page.locator(".beside")).to_be_visible()
    images, beside = (page.locator(part).bounding_box() for part in (".shots", ".beside"))
    assert images
    assert beside
    assert beside["x"] >= images["x"] + images["width"]
    assert abs(beside["y"] - images["y"]) < 80


@pytest.mark.parametrize("width", [1280, 1000, 700, 390])
def test_cards_fill_their_rows(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/?atlas=shapes")
    assert len(neurons(page)) == 24
    tops = page.eval_on_selector_all(CARDS, "cards => cards.map(card => Math.round(card.getBoundingClientRect().top))")
    assert len({tops.count(top) for top in tops}) == 1
