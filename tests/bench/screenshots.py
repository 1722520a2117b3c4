"""Take the README's screenshots, of the app as it is: `assets/screenshots`.

python -m tests.bench.screenshots
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from tests.serving import ROOT, served

ATLASES = ROOT / "assets" / "storybook" / "atlases"
UPLOADED = 7_000_001  # seed of a scene that no atlas has
LIMIT_MS = 90_000
SETTLED_MS = 2000  # for an answer to end, once all images are there
DRAWN = """() => [...document.images]
    .filter(image => image.src && image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
    .every(image => image.complete && image.naturalWidth > 0)"""


@dataclass(frozen=True)
class Screenshots:
    """Take the README's screenshots."""

    out: Path = ROOT / "assets" / "screenshots"
    """Directory to write NAME.webp to."""
    width: int = 1280
    """Of the window, pixels; 390 for a phone."""
    height: int = 900
    """Of the window, pixels."""
    scheme: Literal["light", "dark"] = "light"
    """Colours."""
    chromium: str = "/usr/bin/chromium"
    """The browser."""


def browse(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(".card img")


def neuron(page: Page, url: str) -> None:
    best = Atlas(ATLASES / "storybook-patches").page(Query(images=16, size=1)).neurons[0]
    page.goto(f"{url}/neuron?atlas=storybook-patches&id={best}")
    page.wait_for_selector(".portrait h1")


def image(page: Page, url: str) -> None:
    page.goto(f"{url}/image?atlas=storybook-patches")
    page.wait_for_selector(".examples a")
    picture = io.BytesIO()
    Image.fromarray(render(sample_scene(UPLOADED, "photo")).image).save(picture, "PNG")
    page.locator("#upload input[type=file]").set_input_files(
        {"name": "picture.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.wait_for_selector(".fired:not(.ghost) .fired-row")


def steer(page: Page, url: str) -> None:
    page.goto(f"{url}/steer")
    page.wait_for_selector("#said .answer-how")


PAGES: tuple[Callable[[Page, str], None], ...] = (browse, neuron, image, steer)


def main(config: Screenshots) -> None:
    """Serve the built-in atlases, open each page and keep what it shows."""
    config.out.mkdir(parents=True, exist_ok=True)
    with served(ATLASES) as site, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=config.chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(
            viewport={"width": config.width, "height": config.height}, color_scheme=config.scheme, reduced_motion="reduce"
        )
        context.set_default_timeout(LIMIT_MS)
        for show in PAGES:
            page = context.new_page()
            show(page, site.url)
            page.wait_for_function(DRAWN)
            page.wait_for_timeout(SETTLED_MS)
            shot = Image.open(io.BytesIO(page.screenshot()))
            shot.save(config.out / f"{show.__name__}.webp", quality=80)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(tyro.cli(Screenshots))
