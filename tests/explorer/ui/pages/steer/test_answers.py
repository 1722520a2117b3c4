import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from explorer.operations.verdicts import Verdict
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.answers import Answered, alpha_words, answers, marked
from explorer.ui.pages.steer.verdict import verdict_line


@pytest.mark.parametrize(
    ("unsteered", "steered", "expected"),
    [
        ("a red boat.", "a red boat.", "a red boat."),
        ("a red boat on the beach.", "a red cat on the beach.", "a red <mark>cat</mark> on the beach."),
        ("a red boat.", "a red boat, two cats.", "a red boat<mark>, two cats</mark>."),
        ("one two three four", "three four", "three four"),  # what is gone leaves no mark
        ("", "all new", "<mark>all new</mark>"),
        ("a\nb", "a\nc", "a\n<mark>c</mark>"),
        ("x", " x ", " x "),
    ],
)
def test_other_words_are_marked(unsteered, steered, expected):
    assert str(marked(unsteered, steered)) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_marks_take_nothing_from_the_text_and_let_nothing_in(unsteered, steered):
    assert re.sub("</?mark>", "", marked(unsteered, steered)) == escape(steered)


def test_a_verdict_in_words():
    exact = Verdict("steered", "exact", "kind:boat", True, False, None)
    line = str(verdict_line(exact))
    assert '<span class="passed">✓ says boat</span>' in line
    assert '<span class="failed">✗ prompt not followed</span>' in line
    assert escape(words.BY_GRAMMAR) in line
    near = Verdict("steered", "similarity", "its images", False, None, 0.934)
    line = str(verdict_line(near))
    assert "✗ does not say its images" not in line
    assert '<span class="failed">✗ not what its images show</span>' in line
    assert '<span class="unjudged">– prompt not judged</span>' in line
    assert "93 % of the other neurons" in line
    assert words.BY_TOWER.partition(":")[0] not in verdict_line(near, short=True)
    assert verdict_line(None) == ""
    assert "<script" not in verdict_line(replace(exact, concept="<script>"))


def test_verdicts_stand_below_their_answers_when_all_is_done():
    found = {"steered": Verdict("steered", "exact", "kind:boat", True, True, None)}
    page = str(answers(Answered("#0001 at 2", "a cat.", "a boat.", verdicts=found, done=True)))
    unsteered, _, steered = page.partition("Steered")
    assert "says boat" in steered
    assert "says boat" not in unsteered
    assert escape(words.NO_VERDICT) not in page
    assert escape(words.NO_VERDICT) in answers(Answered("#0001 at 2", "a cat.", "a boat.", done=True))
    assert escape(words.NO_VERDICT) not in answers(Answered("#0001 at 2", "a cat.", "a boat."))


def test_a_model_s_words_are_text():
    page = answers(Answered("#0001 at 2", "<script>", "<img src=x onerror=alert(1)>", notes=("a & b",)))
    assert isinstance(page, Markup)
    assert not re.search(r"<script|<img", page)
    assert "&lt;script&gt;" in page
    assert "a &amp; b" in page


def test_what_has_not_begun_holds_its_place_and_what_never_came_is_told():
    assert answers(Answered()).count('class="waiting"') == 2
    assert 'aria-busy="true"' in answers(Answered(unsteered="a"))
    done = answers(Answered(unsteered="a", steered="", done=True))
    assert 'aria-busy="false"' in done
    assert words.SILENT in done


def test_the_first_token_s_time_is_shown_whole():
    assert "first token 84 ms" in answers(Answered(unsteered="a", steered="b", first_ms=83.6))
    assert "first token" not in answers(Answered(unsteered="a"))


@pytest.mark.parametrize(
    ("alpha", "words"), [(3.0, "3, 1.0 ×"), (-1.5, "−1.5, −0.5 ×"), (0.0, "off"), (5.999, "6, 2.0 ×"), (0.30, "0.3, 0.1 ×")]
)
def test_alpha_in_words(alpha, words):
    assert alpha_words(alpha, 3.0) == words
