"""Take the README's pictures, of the app as it is: `assets/screenshots`.

make screenshots, or python -m tests.bench.screenshots
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

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
SHOWN = 960  # px, width of a kept screenshot: the README shows four in a row
QUALITY = 62
WALK, WALK_SIZE, COLOURS = "walk.gif", (560, 394), 112
ALPHAS = (0.0, 0.35, 0.7, 1.0)  # of the strength that the page proposes
DRAWN = """() => [...document.images]
    .filter(image => image.src && image.checkVisibility() && image.getBoundingClientRect().top < innerHeight)
    .every(image => image.complete && image.naturalWidth > 0)"""
SLIDE = """([selector, value]) => {
    const slider = document.querySelector(selector)
    slider.value = value
    slider.dispatchEvent(new Event('input', {bubbles: true}))
}"""


@dataclass(frozen=True)
class Screenshots:
    """Take the README's screenshots, and the walk from a heat-map to a steered answer as a GIF."""

    out: Path = ROOT / "assets" / "screenshots"
    """Directory to write NAME.webp and walk.gif to."""
    width: int = 1280
    """Of the window, pixels; 390 for a phone."""
    height: int = 900
    """Of the window, pixels."""
    scheme: Literal["light", "dark"] = "light"
    """Colours."""
    chromium: str = "/usr/bin/chromium"
    """The browser."""


class Frame(NamedTuple):
    """A picture of the walk."""

    image: Image.Image
    ms: int  # that it is shown


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
    page.goto(url)
    page.locator(".welcome-go").click()
    page.wait_for_selector("#said .answer-how")


PAGES: tuple[Callable[[Page, str], None], ...] = (browse, neuron, image, steer)


def walk(page: Page, url: str) -> Iterator[Frame]:
    """The first page's example: where it fires, and what the model says as it is raised."""
    page.goto(url)
    page.locator(".welcome-ways .action").click()
    page.wait_for_selector(".shots .heat")
    for opacity, ms in ((0, 900), (0.35, 300), (0.7, 1500)):
        page.evaluate(SLIDE, ["[data-heat]", opacity])
        yield Frame(_shot(page), ms)
    page.goto(url)
    page.locator(".welcome-go").click()
    page.wait_for_selector("#said .answer-how")
    strongest = float(page.locator("#alpha").input_value())
    for share in ALPHAS:
        page.evaluate(SLIDE, ["#alpha", share * strongest])
        page.wait_for_timeout(SETTLED_MS)
        page.wait_for_selector("#said .answers[aria-busy=false]")
        yield Frame(_shot(page), 3000 if share == 1 else 1300)


def _shot(page: Page) -> Image.Image:
    page.wait_for_function(DRAWN)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def write_gif(frames: list[Frame], file: Path) -> None:
    """One palette for all frames, without dithering: what does not change then takes no room."""
    small = [frame.image.resize(WALK_SIZE, Image.Resampling.LANCZOS) for frame in frames]
    sheet = Image.new("RGB", (WALK_SIZE[0], WALK_SIZE[1] * len(small)))
    for place, one in enumerate(small):
        sheet.paste(one, (0, WALK_SIZE[1] * place))
    palette = sheet.quantize(COLOURS, dither=Image.Dither.NONE)
    first, *others = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in small]
    first.save(file, save_all=True, append_images=others, duration=[frame.ms for frame in frames], loop=0, optimize=True)


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
            page.wait_for_timeout(SETTLED_MS)
            shot = _shot(page)
            shot.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            shot.save(config.out / f"{show.__name__}.webp", quality=QUALITY, method=6)
            page.close()
        write_gif(list(walk(context.new_page(), site.url)), config.out / WALK)
        browser.close()


if __name__ == "__main__":
    main(tyro.cli(Screenshots))
