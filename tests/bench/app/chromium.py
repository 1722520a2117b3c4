"""What a visitor sees in Chromium: when pictures are there, whether anything jumps, uploads, the map, and what axe-core finds."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from explorer.ui.app import PAGES
from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from tests.accessibility import serious_violations, settle
from tests.serving import ROOT, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STORYBOOK = ROOT / "assets/storybook"
SEED, UPLOADS, VISITS, PAN_S = 7_900_000, 10, 5, 3.0
LIMIT_MS = 180_000  # of one step, on a machine that does other work as well
RANKED = "before => !document.querySelector('#fired .ghost') && document.querySelector('#fired a') && fired.innerHTML !== before"
PICTURES = """() => {
    const shown = [...document.querySelectorAll('.cards img')].filter(img => img.getBoundingClientRect().top < innerHeight)
    return shown.length > 0 && shown.every(img => img.complete && img.naturalWidth > 0)
}"""
SHIFTS = """() => {
    window.shifts = 0
    const add = entry => { window.shifts += entry.hadRecentInput ? 0 : entry.value }
    new PerformanceObserver(list => list.getEntries().forEach(add)).observe({type: 'layout-shift', buffered: true})
}"""
FRAMES = "() => { window.frames = 0; const next = () => { window.frames++; requestAnimationFrame(next) }; next() }"


def visitor_figures(large: Path) -> dict[str, float | None]:
    """All figures of the browser: of the large atlas, then of the shipped ones."""
    with _chromium() as browser:
        return _of_large(browser, large) | _of_storybook(browser)


def _of_large(browser: "Browser", large: Path) -> dict[str, float | None]:
    """`browser_visible_ms`, median of fresh visits to Browse; `cls`, the most of any page; `map_fps` while the map is dragged."""
    with served(large, MONOSCOPE_MODELS=str(STORYBOOK / "models")) as site:
        visible = [_visit(browser, f"{site.url}/?p={number}", _pictures_visible) for number in range(1, VISITS + 1)]
        shifts = [_visit(browser, f"{site.url}/{path}", _shifted) for path in ("", "neuron?id=3", "image")]
        has_map = "map" in {page.link.path for page in PAGES}
        fps = _visit(browser, f"{site.url}/map", _frames_per_second) if has_map else None
    return {"browser_visible_ms": round(float(np.median(visible))), "cls": round(max(shifts), 4), "map_fps": fps}


def _of_storybook(browser: "Browser") -> dict[str, float | None]:
    """`first_upload_ms`, as soon as the Image page is there; `upload_ms`, median of later ones; `a11y_serious` of all pages."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(STORYBOOK / "atlases", MONOSCOPE_VLM=str(STORYBOOK / "models/storybook-llava")) as site,
    ):
        page = browser.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.goto(f"{site.url}/image")
        page.wait_for_selector("#examples img")
        took = [_upload(page, _scene(Path(scratch), number)) for number in range(UPLOADS + 1)]
        page.close()
        serious = sum(
            _violations(browser, f"{site.url}/{entry.link.path}", scheme) for entry in PAGES for scheme in ("light", "dark")
        )
    return {"first_upload_ms": round(took[0]), "upload_ms": round(float(np.median(took[1:]))), "a11y_serious": serious}


@contextmanager
def _chromium() -> Iterator["Browser"]:
    options = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]  # draws WebGL on the processor
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=options)
        yield browser
        browser.close()


def _visit(browser: "Browser", url: str, look: Callable[["Page", str], float]) -> float:
    """A fresh visitor, whose browser has nothing of ours."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(LIMIT_MS)
    page.add_init_script(f"({SHIFTS})()")
    try:
        return look(page, url)
    finally:
        context.close()


def _pictures_visible(page: "Page", url: str) -> float:
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(PICTURES)
    return 1000 * (time.perf_counter() - begun)


def _shifted(page: "Page", url: str) -> float:
    page.goto(url)
    settle(page)
    return float(page.evaluate("window.shifts"))


def _frames_per_second(page: "Page", url: str) -> float:
    page.goto(url)
    settle(page)
    box = page.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    begun, steps = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < PAN_S:
        steps += 1
        page.mouse.move(x + 100 * np.sin(steps / 9), y + 60 * np.cos(steps / 9))
    return round(float(page.evaluate("window.frames")) / passed, 1)


def _upload(page: "Page", picture: Path) -> float:
    before, begun = page.locator("#fired").inner_html(), time.perf_counter()
    page.locator("#upload input[type=file]").set_input_files(picture)
    page.wait_for_function(RANKED, arg=before)
    return 1000 * (time.perf_counter() - begun)


def _violations(browser: "Browser", url: str, scheme: str) -> int:
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(LIMIT_MS)
    page.goto(url)
    settle(page)
    found = serious_violations(page)
    page.close()
    return len(found)


def _scene(directory: Path, number: int) -> Path:
    path = directory / f"{number}.png"
    Image.fromarray(render(sample_scene(SEED + number, "heldout")).image).save(path)
    return path
