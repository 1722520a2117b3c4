"""The Image page as a visitor uses it: orders, regions by mouse, finger and keyboard, two pictures, heat-maps that stay."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.model_pool import ModelPool
from explorer.operations.contrast import contrast
from explorer.operations.images import NamedImage
from explorer.operations.patches import numbers
from explorer.operations.read import NEURONS, Order, read
from explorer.ui.pages.image import words

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Served

SHOWN = ".fired:not(.ghost) .fired-row .id"


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


@pytest.fixture(scope="module")
def examples(atlas) -> list[str]:
    """An image of the strongest neuron and one that is another."""
    images = list(atlas.images)
    return [images[0], images[-1]]


def image(atlas: Atlas, key: str) -> NamedImage:
    return NamedImage(key, lambda: decode_picture(atlas.images.thumbnail(key) or b""))


def listed(page: "Page") -> list[int]:
    return [int(number.removeprefix("#")) for number in page.locator(SHOWN).all_inner_texts()]


def expected(pool: ModelPool, atlas: Atlas, key: str, order: Order = "strongest", region: tuple[int, ...] = ()) -> list[int]:
    return [n.neuron for n in read(pool, atlas, image(atlas, key), NEURONS, order, region).neurons]


def opened(page: "Page", query: str) -> None:
    page.goto(f"/image?atlas=patches&{query}")
    page.wait_for_selector(SHOWN)


def reloaded(page: "Page") -> None:
    page.wait_for_timeout(300)  # for the last answer's stream to end: else the browser reports that it was cut
    page.reload()


def chosen(page: "Page") -> tuple[int, ...]:
    found = re.search(r"patches=([\d.-]+)", page.url)
    return numbers(found[1]) if found else ()


def at(page: "Page", row: int, column: int) -> tuple[float, float]:
    """The middle of a patch on the screen."""
    element = page.locator(".patches")
    box = element.bounding_box()
    assert box
    rows, columns = (int(element.get_attribute(name) or 0) for name in ("data-rows", "data-columns"))
    return box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / rows


def test_the_order_is_chosen_and_is_in_the_address(page: "Page", pool, atlas, examples):
    opened(page, f"example={examples[0]}")
    assert listed(page) == expected(pool, atlas, examples[0])
    page.locator("select[name=order]").select_option("unusual")
    page.wait_for_url(re.compile("order=unusual"))
    ranked = expected(pool, atlas, examples[0], "unusual")
    expect(page.locator(SHOWN).first).to_have_text(f"#{ranked[0]:04d}")
    assert listed(page) == ranked
    expect(page.locator(".unusual").first).to_have_text(re.compile(r"^(stronger than on|fires on no)"))
    reloaded(page)
    page.wait_for_selector(SHOWN)
    assert listed(page) == ranked


@pytest.mark.parametrize("width", [1280, 390])
def test_a_region_is_brushed(page: "Page", pool, atlas, examples, width):
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, f"example={examples[0]}")
    page.mouse.move(*at(page, 0, 0))
    page.mouse.down()
    page.mouse.move(*at(page, 0, 2), steps=8)
    page.mouse.up()
    expect(page.locator(".region")).to_contain_text("Neurons of 3 of")
    assert chosen(page) == (0, 1, 2)
    assert listed(page) == expected(pool, atlas, examples[0], region=(0, 1, 2))
    page.mouse.click(*at(page, 0, 1))
    expect(page.locator(".region")).to_contain_text("Neurons of 2 of")
    assert chosen(page) == (0, 2)
    reloaded(page)
    expect(page.locator(".region")).to_contain_text("Neurons of")
    assert listed(page) == expected(pool, atlas, examples[0], region=(0, 2))
    page.get_by_role("button", name=words.WHOLE).click()
    expect(page.locator(".region")).to_contain_text("Neurons of all")
    assert "patches=" not in page.url.split("?")[1].replace("atlas=patches", "")
    assert listed(page) == expected(pool, atlas, examples[0])


def test_a_region_by_keyboard(page: "Page", pool, atlas, examples):
    opened(page, f"example={examples[0]}")
    columns = atlas.manifest.tap.grid[1]
    page.locator(".patches").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(page.locator(".region")).to_contain_text("Neurons of 1 of")
    assert chosen(page) == (columns + 1,)
    expect(page.locator("[data-patches-say]")).to_have_text("row 2, column 2, chosen")
    assert listed(page) == expected(pool, atlas, examples[0], region=(columns + 1,))
    page.keyboard.press("Escape")
    expect(page.locator(".region")).to_contain_text("Neurons of all")


def test_a_finger_chooses_and_scrolls(browser: "Browser", site: "Served", examples):
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site.url, has_touch=True, is_mobile=True)
    page = context.new_page()
    opened(page, f"example={examples[0]}")
    page.touchscreen.tap(*at(page, 0, 0))
    expect(page.locator(".region")).to_contain_text("Neurons of 1 of")
    assert page.locator(".patches").evaluate("element => getComputedStyle(element).touchAction") == "pan-y"
    page.touchscreen.tap(*at(page, 0, 0))
    expect(page.locator(".region")).to_contain_text("Neurons of all")
    context.close()


def test_pointing_shows_a_heat_map_and_a_click_keeps_it(page: "Page", examples):
    opened(page, f"example={examples[0]}")
    heat, rows = page.locator("[data-heat-here]"), page.locator("li[data-row]")
    assert heat.get_attribute("src") == rows.nth(0).get_attribute("data-heat-png-1")
    rows.nth(1).hover()
    expect(heat).to_have_attribute("src", rows.nth(1).get_attribute("data-heat-png-1") or "")
    page.locator(".pin").nth(2).click()  # the first is of what the SAE misses
    kept = rows.nth(1).get_attribute("data-row")
    page.wait_for_url(re.compile(f"show={kept}"))
    rows.nth(0).hover()
    expect(heat).to_have_attribute("src", rows.nth(1).get_attribute("data-heat-png-1") or "")
    expect(page.locator(".pin[aria-pressed=true]")).to_have_count(1)
    reloaded(page)
    page.wait_for_selector(SHOWN)
    expect(heat).to_have_attribute("src", rows.nth(1).get_attribute("data-heat-png-1") or "")
    page.locator(".missed .pin").click()
    expect(heat).to_have_attribute("src", page.locator(".missed").get_attribute("data-heat-png-1") or "")
    expect(page.locator("[data-heat-says]")).to_contain_text(words.MISSED)


def test_the_keyboard_shows_heat_maps(page: "Page", examples):
    opened(page, f"example={examples[0]}")
    page.locator("li[data-row] .fired-name").nth(1).focus()
    expect(page.locator("li[data-row]").nth(1)).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("width", [1280, 390])
def test_two_pictures_are_compared(page: "Page", pool, atlas, examples, width):
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, f"example={examples[0]}&example2={examples[1]}")
    found = contrast(pool, atlas, *(image(atlas, key) for key in examples))
    kinds = [[n.first.neuron for n in found.shared], [n.neuron for n in found.only_first], [n.neuron for n in found.only_second]]
    assert listed(page) == [neuron for kind in kinds for neuron in kind]
    assert page.locator(".side-title").all_inner_texts() == [
        f"{title} {count}" for title, count in zip(words.KINDS, found.counts, strict=True)
    ]
    expect(page.locator(".picture")).to_have_count(2)
    expect(page.locator(".patches")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name=words.ALONE).click()
    expect(page.locator(".picture")).to_have_count(1)
    expect(page.locator(".side-title")).to_have_count(0)
    page.wait_for_selector(SHOWN)
    assert listed(page) == expected(pool, atlas, examples[0])


def test_own_pictures_first_and_second(page: "Page", world):
    page.goto("/image?atlas=patches")
    page.wait_for_selector("#examples img")
    page.locator("#upload input[type=file]").set_input_files(world.pictures / "class0" / "00.png")
    page.wait_for_selector(SHOWN)
    expect(page.locator("#picker")).to_be_hidden()  # the answer, and one line for another picture
    alone = listed(page)
    page.locator("select[name=order]").select_option("unusual")
    page.wait_for_url(re.compile("order=unusual"))
    page.locator("select[name=order]").select_option("")
    expect(page.locator(SHOWN).first).to_have_text(f"#{alone[0]:04d}")
    page.get_by_role("button", name=words.SECOND).click()
    page.locator("#second-upload input[type=file]").set_input_files(world.pictures / "class2" / "00.png")
    expect(page.locator(".picture")).to_have_count(2)
    page.wait_for_selector(".side-title")
    page.get_by_role("button", name=words.ANOTHER).click()
    page.locator("#examples a").first.click()
    expect(page.locator(".picture")).to_have_count(1)


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_picture_comes_from_anywhere_on_the_page(page: "Page", world, way):
    data = (world.pictures / "class0" / "00.png").read_bytes()
    page.goto("/image?atlas=patches")
    page.wait_for_selector("#examples img")
    page.evaluate(
        """([bytes, way]) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(bytes)], "picture.png", { type: "image/png" }));
            const event = way === "paste" ? new ClipboardEvent("paste", { bubbles: true, clipboardData: files })
                : new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files });
            document.body.dispatchEvent(event);
        }""",
        [list(data), way],
    )
    page.wait_for_selector(SHOWN)


def test_on_a_phone_the_answer_comes_before_the_place_for_pictures(page: "Page", examples):
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, f"example={examples[0]}")
    expect(page.locator("#upload")).to_be_hidden()
    first = page.locator("li.fired-row").first.bounding_box()
    assert first
    assert first["y"] < 844
    page.get_by_role("button", name=words.ANOTHER).click()
    expect(page.locator("#upload")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_jumps_when_the_answer_comes(page: "Page", examples):
    page.add_init_script("""
        window.shifts = 0;
        const add = (list) => list.getEntries().forEach((entry) => (window.shifts += entry.hadRecentInput ? 0 : entry.value));
        new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
    """)
    opened(page, f"example={examples[0]}")
    page.mouse.click(*at(page, 0, 0))
    expect(page.locator(".region")).to_contain_text("Neurons of")
    assert page.evaluate("window.shifts") <= 0.1  # room is kept for a square picture, and this one is not
