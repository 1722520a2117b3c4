import pytest

from explorer.study.design import Candidate, Pair, Study
from explorer.study.desk import QUICKEST, Desk
from explorer.study.store import AnswerStore

PAIRS = tuple(Pair(i, Candidate("a", 2 * i, 0.9), Candidate("b", 2 * i + 1, 0.2)) for i in range(5))


@pytest.fixture
def desk(tmp_path):
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    return Desk(Study("dino", PAIRS), store)


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
    kept = desk.answers()
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


def test_sets_are_what_the_turn_says(desk):
    for step in range(5):
        turn = desk.turn("anna")
        left, right = (turn.pair.first, turn.pair.second) if turn.left == "first" else (turn.pair.second, turn.pair.first)
        assert turn.step == step
        assert desk.sets("anna", step) == (left, right)
        desk.answer("anna", turn.pair.number, "left", 2.0)
    assert desk.turn("anna").step == 5
    assert desk.sets("anna", 5) is desk.sets("anna", -1) is None
