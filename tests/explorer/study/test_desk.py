import pytest

from explorer.study.design import Candidate, Pair, Study
from explorer.study.desk import QUICKEST, Desk, is_participant, new_participant
from explorer.study.store import AnswerStore

PAIRS = tuple(Pair(i, Candidate("a", 2 * i, 0.9), Candidate("b", 2 * i + 1, 0.2)) for i in range(5))


@pytest.fixture
def desk(tmp_path):
    return Desk(Study("dino", PAIRS), AnswerStore(tmp_path / "answers.sqlite"))


def test_one_answer_after_the_other_until_all_are_given(desk):
    seen = []
    while (turn := desk.turn("anna")).pair is not None:
        assert (turn.done, turn.total) == (len(seen), 5)
        seen.append(turn.pair.number)
        desk.answer("anna", turn.pair.number, "left", 2.0)
    assert seen == [pair.number for pair in desk.study.order("anna")]
    assert desk.turn("ben").done == 0


@pytest.mark.parametrize("choice", ["left", "right", "neither"])
def test_what_is_kept_is_the_neuron_and_not_the_side(desk, choice):
    for turn in iter(lambda: desk.turn("anna"), None):
        if turn.pair is None:
            break
        desk.answer("anna", turn.pair.number, choice, 1.25)
    kept = desk.store.answers(desk.study.key)
    assert set(kept["on_left"]) == {"first", "second"}
    other = {"first": "second", "second": "first"}
    expected = {"left": kept["on_left"], "right": kept["on_left"].map(other), "neither": ["neither"] * 5}[choice]
    assert kept["chosen"].tolist() == list(expected)
    assert set(kept["milliseconds"]) == {1250}


def test_answers_to_another_pair_or_too_quick_ones_are_left_out(desk):
    first, second = desk.study.order("anna")[:2]
    desk.answer("anna", second.number, "left", 2.0)
    desk.answer("anna", 99, "left", 2.0)
    desk.answer("anna", first.number, "left", QUICKEST / 2)
    assert desk.turn("anna").done == 0
    desk.answer("anna", first.number, "left", 2.0)
    desk.answer("anna", first.number, "right", 2.0)  # a second click
    assert desk.turn("anna").done == 1


def test_participants_are_random_names_and_nothing_else_is_one():
    names = {new_participant() for _ in range(100)}
    assert len(names) == 100
    assert all(map(is_participant, names))
    assert not any(map(is_participant, (None, 3, "", "x" * 21, "x" * 23, "<script>alert(1)</script>", ["x" * 22], "é" * 22)))
