"""The report as somebody reads it on a phone."""

from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
FIT = 9  # columns; the paper's grids have 8
TABLES = """[...document.querySelectorAll('.sheet')].map(sheet => {
    const columns = sheet.classList.contains('grid') ? sheet.querySelectorAll('thead th').length : 0
    return [columns, sheet.scrollWidth, sheet.clientWidth]
})"""


def test_the_grids_fit_on_a_phone_and_wider_tables_scroll_by_themselves(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto("/report?atlas=drawings")
    page.wait_for_selector("#report-tables .sheet")
    tables = page.evaluate(TABLES)
    grids = [(columns, needed, there) for columns, needed, there in tables if columns]
    assert len(grids) == 3
    fitting = [needed <= there for columns, needed, there in grids if columns <= FIT]
    assert fitting, grids
    assert all(fitting), grids
    assert page.evaluate("document.querySelectorAll('.sheet.grid tbody tr').length") > len(grids)  # none is empty
    assert any(needed > there for _, needed, there in tables)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
