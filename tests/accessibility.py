"""Accessibility by axe-core: the serious violations of a page as it is shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
QUIET_MS = 600  # without a change in the document: then a page is taken to be drawn
DRAWN = """() => ![...document.querySelectorAll('.ghost, [aria-label="Empty value"]')].some(part => part.checkVisibility())"""
SETTLED = """quiet => new Promise(done => {
    let last = performance.now()
    new MutationObserver(() => { last = performance.now() }).observe(document.body, {childList: true, subtree: true})
    const look = () => performance.now() - last > quiet ? done() : setTimeout(look, 50)
    look()
})"""


def settle(page: "Page") -> None:
    """Wait until a page is drawn: its header is there, no skeleton or empty plot is left, and nothing changes any more."""
    page.wait_for_selector("#top a")
    drawn = False
    while not drawn:  # a plot may begin as an empty one after all else has settled
        page.wait_for_function(DRAWN)
        page.evaluate(SETTLED, QUIET_MS)
        drawn = page.evaluate(DRAWN)


def serious_violations(page: "Page") -> list[str]:
    """Each serious or critical violation of a drawn page: the rule, the element, and why."""
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for violation in results.response["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
