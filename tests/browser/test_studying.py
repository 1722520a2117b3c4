"""A participant with a mouse, a keyboard and a phone; and what is in the database afterwards."""

import csv
import io
import re
import sqlite3

import pytest

from explorer.study.__main__ import main
from explorer.study.answers_file import PAUSED
from explorer.ui.pages.study import words as study_words
from tests.serving import ROOT, served

PAUSE = 400  # ms: sooner, an answer counts as a second click
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    root = tmp_path_factory.mktemp("studying")
    answers = root / "kept" / "answers.sqlite"
    with served(
        ROOT / "assets" / "storybook" / "atlases", GRADIO_TEMP_DIR=str(root / "gradio"), MONOSCOPE_ANSWERS=str(answers)
    ) as site:
        yield site, answers


@pytest.fixture
def visitor(browser, desk):
    contexts = []

    def come(**options):
        context = browser.new_context(base_url=desk[0].url, **({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield come
    for context in contexts:
        context.close()


def _rows(answers):
    with sqlite3.connect(answers) as connection:
        return connection.execute("SELECT participant, chosen, on_left FROM answers ORDER BY answered").fetchall()


def _done(page, count):
    page.wait_for_selector(f".progress[aria-valuenow='{count}']")
    page.wait_for_timeout(PAUSE)


def test_answers_by_click_and_by_key_are_kept_through_a_reload(visitor, desk, capsys):
    _, answers = desk
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    assert page.locator(".set").count() == 2
    assert page.locator(".set img").count() == 32
    page.click("#answer-1")
    _done(page, 1)
    page.keyboard.press("2")
    _done(page, 2)
    page.reload()
    _done(page, 2)
    page.keyboard.press("3")
    _done(page, 3)
    rows = _rows(answers)
    assert len({participant for participant, _, _ in rows}) == 1
    assert rows[0][1] == rows[0][2]  # the left one
    assert rows[1][1] == {"first": "second", "second": "first"}[rows[1][2]]
    assert rows[2][1] == "neither"
    assert main(["export", "--answers", str(answers)]) == 0  # while the explorer runs
    sheet = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["chosen"] for row in sheet] == [chosen for _, chosen, _ in rows]


def test_nothing_on_the_page_tells_the_neurons(visitor):
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    stage = page.inner_html("#stage")
    assert not re.search(r"#\d{4}|\bMS\b|neuron\?|[?&]id=|title=", stage)
    assert set(re.findall(r'alt="([^"]*)"', stage)) == {""}


def test_two_clicks_are_one_answer(visitor, desk):
    _, answers = desk
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    before = len(_rows(answers))
    page.dblclick("#answer-2")
    _done(page, 1)
    page.wait_for_timeout(PAUSE)
    assert len(_rows(answers)) == before + 1


def test_an_answer_that_is_not_kept_leaves_the_pair(visitor, desk):
    _, answers = desk
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    stage, aside = page.inner_html("#stage"), answers.with_name("aside.sqlite")
    answers.rename(aside)
    page.click("#answer-1")
    page.wait_for_selector(f"#told:has-text('{study_words.NOT_KEPT}')")
    assert PAUSED in page.inner_text("#told")
    assert page.inner_html("#stage") == stage
    visitor().goto("/study")
    assert not answers.exists()
    aside.rename(answers)
    page.click("#answer-1")
    _done(page, 1)
    assert study_words.NOT_KEPT not in page.inner_text("#told")


def test_an_explorer_out_of_reach_is_told_and_the_pair_stays(visitor):
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    page.route("**/study-press*", lambda route: route.abort())
    page.keyboard.press("1")
    page.wait_for_selector("#told:has-text('cannot be reached')")
    page.unroute_all()
    page.keyboard.press("1")
    _done(page, 1)
    assert "cannot be reached" not in page.inner_text("#told")


def test_both_sets_and_all_answers_are_on_a_phone_s_screen_at_once(visitor):
    page = visitor(viewport={"width": 390, "height": 844})
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    page.wait_for_function("[...document.querySelectorAll('.set img')].every((img) => img.complete)")
    boxes = [page.locator(selector).bounding_box() for selector in (".set >> nth=0", ".set >> nth=1", "#answer-3")]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert boxes[2]["y"] + boxes[2]["height"] <= 844


def test_agreement_is_shown_with_a_chart(visitor, desk):
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    for count in range(4):  # two to practise, two that count
        _done(page, count)
        page.click("#answer-1")
    _done(page, 4)
    page.goto("/study?results=1")
    page.wait_for_selector("#agreement .js-plotly-plot")
    words = page.inner_text(".results")
    assert "by" in words
    assert "82.8 %" in words


def test_the_browser_measures_and_a_code_goes_on_on_a_phone(visitor, desk):
    """Begun at a desk, gone on with on a phone, by the personal code."""
    _, answers = desk
    page = visitor()
    page.goto("/study")
    page.click("#study-start")
    _done(page, 0)
    code = re.search(r"(\w{4}-){2}\w{4}", page.inner_text(".pair-told"))[0]
    page.click("#answer-1")
    _done(page, 1)
    assert re.search("focused", page.inner_text(".pair-told"))  # feedback on practice
    phone = visitor(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone.goto("/study")
    phone.fill("#code input, #code textarea", "ABCD-EFGH-JKLM")
    phone.click("#study-resume")
    phone.wait_for_selector(f"#told:has-text('{study_words.NO_SUCH_CODE}')")
    phone.fill("#code input, #code textarea", code.lower())
    phone.click("#study-resume")
    _done(phone, 1)
    phone.tap("#answer-2")
    _done(phone, 2)
    with sqlite3.connect(answers) as connection:
        last = connection.execute("SELECT clock, milliseconds, kind FROM answers ORDER BY answered DESC LIMIT 2").fetchall()
    assert [clock for clock, _, _ in last] == ["browser"] * 2
    assert all(milliseconds > 0 for _, milliseconds, _ in last)
    assert [kind for _, _, kind in last] == ["practice"] * 2
