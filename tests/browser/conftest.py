"""Chromium, once for all browser tests; the explorer they look at is the one of `tests/conftest.py`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.serving import Served

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: browser tests are skipped")
TIMEOUT_MS = 60_000  # of a busy machine
LEFT = ("AbortError: signal is aborted", "Connection errored out")  # Gradio, of streams that end since a page is left
playwright.expect.set_options(timeout=TIMEOUT_MS)


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
def page(browser: "Browser", site: "Served") -> Iterator["Page"]:
    """A fresh visitor; the test fails on any error in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.url)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [error for error in errors if not any(part in error for part in LEFT)] == []
