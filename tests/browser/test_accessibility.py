"""No page has a serious violation that axe-core finds, light or dark, on a screen or a phone."""

from typing import TYPE_CHECKING

import pytest

from explorer.ui.app import PAGES
from tests.accessibility import serious_violations, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.serving import Served

pytestmark = pytest.mark.slow
VIEWS = ["?atlas=drawings&view=table", "neuron?atlas=drawings&id=5", "neuron?atlas=nobody", "steer?atlas=plain"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_accessible(browser: "Browser", site: "Served", scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=site.url, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    found = {}
    for path in [*(page.link.path for page in PAGES), *VIEWS][:: 1 if width > 400 else 2]:  # half of them on a phone: time
        page.goto(f"/{path}")
        settle(page)
        found[path] = serious_violations(page)
        if found[path]:  # of a page that is drawn: a plot that came after all was still may have been empty for a moment
            settle(page)
            found[path] = serious_violations(page)
    context.close()
    assert {path: violations for path, violations in found.items() if violations} == {}
