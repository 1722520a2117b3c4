"""Chromium and the running explorer, once for all browser tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.making import Making, make_atlas
from tests.serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: browser tests are skipped")
playwright.expect.set_options(timeout=20_000)
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
    "${document.title='owned'} {{7*7}}",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("browser")
    make_atlas(root, Making(name="drawings", neurons=120, labels=HOSTILE, library="transformers"))
    make_atlas(root, Making(name="plain", neurons=30, grid=None, similarities=("dinov2-drawn",), levels=1, dead=2))
    with served(root, GRADIO_TEMP_DIR=str(root / "gradio")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    chromium = next((str(p) for p in [Path("/usr/bin/chromium")] if p.is_file()), None) or shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium here: install Debian's `chromium` to run the browser tests")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", site: Served) -> Iterator["Page"]:
    """A fresh visitor; the test fails on any error in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    context.set_default_timeout(20_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
