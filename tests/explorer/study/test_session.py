import pytest

from explorer.study.design import Candidate, Pair, Study
from explorer.study.session import QUICKEST, Session
from explorer.study.store import AnswerStore

PAIRS = tuple(Pair(i, Candidate("a", 2 * i, 0.9), Candidate("b", 2 * i + 1, 0.2)) for i in range(5))


@pytest.fixture
def session(tmp_path):
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    return Session(Study("dino", PAIRS), store)


def test_one_answer_after_the_other_until_all_are_given(session):
    seen = []
    while (current := session.next_pair("anna")).pair is not None:
        assert (current.done, current.total) == (len(seen), 5)
        seen.append(current.pair.number)
        session.answer("anna", current.pair.number, "left", 2.0)
    assert seen == [pair.number for pair in session.study.order("anna")]
    assert session.next_pair("ben").done == 0


@pytest.mark.parametrize("choice", ["left", "right", "neither"])
def test_what_is_kept_is_the_neuron_and_not_the_side(session, choice):
    for current in iter(lambda: session.next_pair("anna"), None):
        if current.pair is None:
            break
        session.answer("anna", current.pair.number, choice, 1.25)
    kept = session.answers()
    assert set(kept["on_left"]) == {"first", "second"}
    other = {"first": "second", "second": "first"}
    expected = {"left": kept["on_left"], "right": kept["on_left"].map(other), "neither": ["neither"] * 5}[choice]
    assert kept["chosen"].tolist() == list(expected)
    assert set(kept["milliseconds"]) == {1250}


def test_answers_to_another_pair_or_too_quick_ones_are_left_out(session):
    first, second = session.study.order("anna")[:2]
    session.answer("anna", second.number, "left", 2.0)
    session.answer("anna", 99, "left", 2.0)
    session.answer("anna", first.number, "left", QUICKEST / 2)
    assert session.next_pair("anna").done == 0
    session.answer("anna", first.number, "left", 2.0)
    session.answer("anna", first.number, "right", 2.0)  # a second click
    assert session.next_pair("anna").done == 1


def test_sets_are_what_the_turn_says(session):
    for step in range(5):
        current = session.next_pair("anna")
        first, second = current.pair.first, current.pair.second
        assert current.step == step
        assert session.sets("anna", step) == ((first, second) if current.left == "first" else (second, first))
        session.answer("anna", current.pair.number, "left", 2.0)
    assert session.next_pair("anna").step == 5
    assert session.sets("anna", 5) is session.sets("anna", -1) is None
