"""The questionnaire and the researcher's form, unfolded: usable and accessible on a screen and on a phone."""

from typing import TYPE_CHECKING

import pytest

from tests.accessibility import serious_violations, settle
from tests.serving import STUDY_PASSWORD, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.serving import Served

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("width", [1280, 390])]
PAUSE = 400  # ms: sooner, an answer counts as a second click


@pytest.fixture(scope="module")
def desk(atlases_root: "Path", world):
    """An explorer of its own: where others have guessed passwords, nobody is let in for ten minutes."""
    with served(world.atlases, atlases_root, MONOSCOPE_STUDY_PASSWORD=STUDY_PASSWORD) as site:
        yield site


@pytest.fixture
def visitor(browser: "Browser", desk: "Served", width: int):
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=desk.url)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def _sound(page: "Page") -> None:
    """Nothing that axe-core calls serious, and nothing wider than the screen."""
    settle(page)
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_participant_is_asked_by_keyboard_alone(visitor: "Page") -> None:
    """Consent, a pair, feedback on practice: each as it is drawn."""
    visitor.goto("/study")
    visitor.focus("#study-start")
    _sound(visitor)
    visitor.keyboard.press("Enter")
    visitor.wait_for_selector(".progress[aria-valuenow='0']")
    sets = visitor.locator(".set[role=img]")
    assert [sets.nth(n).get_attribute("aria-label") for n in range(2)] == ["Left set", "Right set"]
    assert visitor.locator("#answers button").count() == 3
    _sound(visitor)
    visitor.focus("#answer-2")
    visitor.keyboard.press("Enter")
    visitor.wait_for_selector(".progress[aria-valuenow='1']")
    assert visitor.inner_text(".pair-told")  # feedback, in a part that screen readers read out
    assert visitor.get_attribute(".pair-told", "role") == "status"
    _sound(visitor)


def test_a_researcher_draws_a_study_in_the_unfolded_form(visitor: "Page", width: int) -> None:
    visitor.goto("/researcher")
    visitor.fill("#password input", STUDY_PASSWORD)
    visitor.keyboard.press("Enter")
    visitor.focus("#study-new > button")
    visitor.keyboard.press("Enter")
    visitor.fill("#new-name input, #new-name textarea", f"form-{width}")
    visitor.fill("#new-pairs input", "4")
    _sound(visitor)
    boxes = visitor.locator("#study-new input:visible, #study-new textarea:visible")
    sizes = [boxes.nth(n).bounding_box() for n in range(boxes.count())]
    assert len(sizes) == 12  # two texts, seven numbers, three switches
    assert all(box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width for box in sizes)
    visitor.click("#study-preview")
    visitor.wait_for_selector("#new-told table")
    assert "4 pairs would be asked" in visitor.inner_text("#new-told")
    _sound(visitor)
    visitor.fill("#new-name input, #new-name textarea", "no name / at all")
    visitor.click("#study-create")
    visitor.wait_for_selector("#new-told .notice")
    _sound(visitor)
