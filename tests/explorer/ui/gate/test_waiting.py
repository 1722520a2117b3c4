"""Who waits for what, by a clock of the test's own."""

import pytest

from explorer.ui.gate.waiting import GRACE_S, OF_VISITOR, UNHEARD, Waiting


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waiting(clock: Clock) -> Waiting:
    return Waiting(clock)


def test_who_asked_is_given_time_to_listen(waiting: Waiting, clock: Clock) -> None:
    assert not waiting.listens("a")
    waiting.joined("1", "a", "v")
    clock.now += GRACE_S
    assert waiting.listens("a")
    clock.now += 0.01
    assert not waiting.listens("a")


def test_who_listens_is_worked_for_until_the_last_stream_ends(waiting: Waiting, clock: Clock) -> None:
    waiting.joined("1", "a", "v")
    waiting.opened("a")
    waiting.opened("a")
    clock.now += 3600
    assert waiting.listens("a")
    assert not waiting.closed("a")
    assert waiting.listens("a")
    assert waiting.closed("a")
    assert not waiting.listens("a")


def test_a_call_without_a_session_is_listened_to(waiting: Waiting) -> None:
    assert waiting.listens(None)


def test_late_and_too_many_are_named_but_never_the_newest(waiting: Waiting, clock: Clock) -> None:
    assert waiting.joined("0", "late", "v") == set()
    clock.now += GRACE_S + 0.1
    assert waiting.joined("1", "a", "v") == {"late"}
    waiting.hung_up("late")
    dropped = [waiting.joined(f"n{number}", f"s{number}", "v") for number in range(UNHEARD)]
    assert dropped == [set()] * (UNHEARD - 1) + [{"a"}]


def test_those_who_listen_are_never_too_many_for_others(waiting: Waiting) -> None:
    for number in range(3 * UNHEARD):
        waiting.opened(f"s{number}")
        assert waiting.joined(f"n{number}", f"s{number}", "v") == set()


def test_a_visitor_has_a_place_and_not_all_of_them(waiting: Waiting) -> None:
    for number in range(OF_VISITOR):
        assert waiting.admits(f"s{number}", "greedy")
        waiting.opened(f"s{number}")
        waiting.joined(f"n{number}", f"s{number}", "greedy")
    assert not waiting.admits("one more", "greedy")
    assert waiting.admits("other", "modest")
    waiting.finished("n0")
    assert waiting.admits("one more", "greedy")
