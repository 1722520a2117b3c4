"""The map as a visitor uses it: pointed at, opened, moved by hand and by keys, an area selected and browsed.

And notes on images, by atlases of the same registry.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.map import map_points
from tests.making import Making, make_atlas
from tests.serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("mapped")
    make_atlas(root, Making(name="mapped", neurons=64, mapped=True, labels=("<b>ball</b>",)))
    make_atlas(root, Making(name="unmapped", neurons=32))
    for name in ("noted", "noted-too"):
        make_atlas(root / "noted", Making(name=name, neurons=8, dead=0, levels=1))
    (root / "atlases.toml").write_text(
        "".join(
            f'[[atlas]]\npath = "{path}"\ncontent_note = "{note}"\n'
            for path, note in (("mapped", ""), ("unmapped", ""), ("noted/noted", "One."), ("noted/noted-too", "Two."))
        )
    )
    return root


@pytest.fixture(scope="module")
def mapped(root: Path) -> Iterator[Served]:
    with served(root / "atlases.toml") as site:
        yield site


@pytest.fixture
def map_page(browser: "Browser", mapped: Served) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=mapped.url)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/map?atlas=mapped")
    page.wait_for_selector(".map[data-ready]", timeout=60_000)
    yield page
    context.close()
    assert errors == []


def middle(page: "Page") -> tuple[float, float]:
    box = page.locator(".map-points").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_an_area_drawn_by_hand_is_browsed(map_page: "Page") -> None:
    x, y = middle(map_page)
    map_page.locator("[data-lasso]").click()
    map_page.mouse.move(x - 300, y - 240)
    map_page.mouse.down()
    for dx, dy in ((300, -240), (300, 300), (-300, 300), (-300, -230)):
        map_page.mouse.move(x + dx, y + dy, steps=6)
    map_page.mouse.up()
    map_page.wait_for_function("location.search.includes('area=')")
    told = map_page.locator(".map-selected b").inner_text()
    map_page.locator(".map-selected a").click()
    map_page.wait_for_selector(".count b")
    map_page.wait_for_function("document.querySelector('.found .chip') !== null")
    browsed = int(map_page.locator(".count b").inner_text())
    assert 0 < browsed <= int(told.split()[0])
    everywhere = map_page.locator(".found .chip")
    everywhere.click()
    map_page.wait_for_function("!location.search.includes('area=')")


def test_keys_move_it_and_the_address_follows(map_page: "Page") -> None:
    map_page.locator(".map-points").focus()
    map_page.keyboard.press("ArrowRight")
    map_page.keyboard.press("+")
    map_page.wait_for_function("location.search.includes('at=')")
    map_page.reload()
    map_page.wait_for_selector(".map[data-ready]")
    assert "at=" in map_page.url
    map_page.locator(".map-points").focus()
    map_page.keyboard.press("0")
    map_page.wait_for_function("!location.search.includes('at=')")


def test_colours_are_in_the_address(map_page: "Page") -> None:
    map_page.locator("select[name=colour]").select_option("density")
    map_page.wait_for_function("location.search.includes('colour=density')")
    assert map_page.locator("[data-legend=density]").is_visible()
    assert not map_page.locator("[data-legend=ms]").is_visible()


def test_a_point_shows_its_card_and_opens(map_page: "Page") -> None:
    map_page.goto("/map?atlas=mapped&at=0.5,0.5,0.8")
    map_page.wait_for_selector(".map[data-ready]")
    map_page.locator(".map-points").focus()
    for key in ("+", "-", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        map_page.keyboard.press(key)
        map_page.wait_for_timeout(300)
        if map_page.locator(".map-card").is_visible():
            break
    card = map_page.locator(".map-card")
    assert "MS" in card.inner_text()
    assert card.locator("img").count() > 0
    map_page.keyboard.press("Enter")
    map_page.wait_for_url("**/neuron?atlas=mapped&id=*")


def test_without_a_map_it_says_how_to_make_one(map_page: "Page") -> None:
    map_page.goto("/map?atlas=unmapped")
    map_page.wait_for_selector(".empty")
    assert "python -m precompute project" in map_page.locator(".empty").inner_text()


def test_notes_cover_a_page_until_all_are_agreed_to(map_page: "Page") -> None:
    map_page.goto("/compare?atlas=noted&with=noted-too")
    note = map_page.locator("[data-note]:visible")
    for words in ("One.", "Two."):
        note.filter(has_text=words).wait_for()
        assert note.count() == 1
        assert not map_page.locator("#compare-figures table").is_visible()
        note.locator("[data-agree]").click()
    map_page.wait_for_selector("#compare-figures table")
    assert note.count() == 0
    map_page.goto("/?atlas=noted-too")
    map_page.wait_for_selector(".card img")  # the browser remembers


def test_without_webgl_it_leads_to_browse(browser: "Browser", mapped: Served) -> None:
    page = browser.new_page(base_url=mapped.url)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto("/map?atlas=mapped")
    page.wait_for_selector("[data-no-webgl]:not([hidden])", timeout=60_000)
    page.locator("[data-no-webgl] a").click()
    page.wait_for_selector(".card")
    page.close()


def test_a_finger_moves_it_two_zoom_and_a_tap_shows_a_card(browser: "Browser", root: Path, mapped: Served) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=mapped.url)
    page = context.new_page()
    page.goto("/map?atlas=mapped")
    page.wait_for_selector(".map[data-ready]", timeout=60_000)
    hand = context.new_cdp_session(page)
    x, y = middle(page)

    def fingers(*moves: tuple[tuple[float, float], ...]) -> None:
        for place, points in enumerate(moves):
            touches = [{"x": left, "y": top, "id": number} for number, (left, top) in enumerate(points)]
            hand.send("Input.dispatchTouchEvent", {"type": "touchMove" if place else "touchStart", "touchPoints": touches})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def looks_at() -> list[float]:
        return [float(number) for number in page.evaluate("new URL(location).searchParams.get('at')").split(",")]

    fingers(((x, y),), ((x + 30, y),), ((x + 60, y),))
    page.wait_for_function("location.search.includes('at=')")
    across, down, zoom = looks_at()
    assert across < 0.45
    assert (down, zoom) == (0.5, 1)
    assert page.evaluate("scrollY") == 0
    fingers(((x - 30, y), (x + 30, y)), ((x - 60, y), (x + 60, y)), ((x - 90, y), (x + 90, y)))
    page.wait_for_function("Number(new URL(location).searchParams.get('at')?.split(',')[2]) > 1.5")
    assert looks_at()[2] == pytest.approx(3, rel=0.15)
    points = map_points(Atlas(root / "mapped"))
    shown = int(np.flatnonzero((np.abs(points.x - 0.5) < 0.4) & (np.abs(points.y - 0.5) < 0.4))[0])
    page.goto(f"/map?atlas=mapped&at={points.x[shown]:.4f},{points.y[shown]:.4f},30")
    page.wait_for_selector(".map[data-ready]", timeout=60_000)
    page.touchscreen.tap(*middle(page))
    page.wait_for_selector(".map-card:not([hidden])")
    page.locator(".map-card").tap()
    page.wait_for_url(f"**/neuron?atlas=mapped&id={points.neuron[shown]}")
    context.close()
