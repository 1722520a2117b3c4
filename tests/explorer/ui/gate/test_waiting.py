"""Who waits for what, by a clock of the test's own."""

import pytest

from explorer.limits import DEFAULT
from explorer.ui.gate.waiting import (
    ALONE_S,
    GRACE_S,
    UNHEARD,
    UNHEARD_OF_VISITOR,
    Waiting,
)


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


def join(waiting: Waiting, session: str, visitor: str = "v") -> set[str]:
    """Ask for a job as the gate does; gives whom it hangs up on, which is done."""
    assert waiting.ask(session, visitor) is not None
    dropped = waiting.to_drop(session, visitor)
    for other in dropped:
        waiting.hung_up(other)
    return dropped


def test_who_asked_is_given_time_to_listen(waiting: Waiting, clock: Clock) -> None:
    assert not waiting.listens("a")
    join(waiting, "a")
    clock.now += GRACE_S + 0.1
    assert waiting.listens("a")  # nobody else waits
    waiting.opened("b")
    join(waiting, "b", "other")
    assert not waiting.listens("a")


def test_alone_one_waits_longer_but_not_for_ever(waiting: Waiting, clock: Clock) -> None:
    join(waiting, "a")
    clock.now += ALONE_S
    assert waiting.listens("a")
    clock.now += 0.1
    assert not waiting.listens("a")


def test_who_listens_is_worked_for_until_the_last_stream_ends(waiting: Waiting, clock: Clock) -> None:
    join(waiting, "a")
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


def test_late_ones_are_dropped_and_told_when_they_come(waiting: Waiting, clock: Clock) -> None:
    assert join(waiting, "late") == set()
    clock.now += GRACE_S + 0.1
    assert join(waiting, "a") == {"late"}
    assert waiting.was_hung_up("late")
    join(waiting, "late")
    assert not waiting.was_hung_up("late")


def test_a_flood_drops_its_own_and_nobody_elses(waiting: Waiting) -> None:
    join(waiting, "victim", "modest")
    dropped = [join(waiting, f"s{number}", "greedy") for number in range(DEFAULT.sessions)]
    assert "victim" not in set.union(*dropped)
    assert waiting.listens("victim")
    assert len(set.union(*dropped)) == DEFAULT.sessions - UNHEARD_OF_VISITOR


def test_many_visitors_at_once_drop_the_greediest(waiting: Waiting) -> None:
    for number in range(UNHEARD_OF_VISITOR):
        join(waiting, f"greedy{number}", "greedy")
    for number in range(UNHEARD - UNHEARD_OF_VISITOR):
        assert join(waiting, f"s{number}", f"v{number}") == set()
    assert join(waiting, "one more", "w") == {"greedy0"}


def test_those_who_listen_are_never_too_many_for_others(waiting: Waiting) -> None:
    for number in range(3 * UNHEARD):
        waiting.opened(f"s{number}")
        assert join(waiting, f"s{number}", f"v{number}") == set()


def test_a_visitor_has_a_place_and_not_all_of_them(waiting: Waiting, clock: Clock) -> None:
    names = []
    for number in range(DEFAULT.visitor_jobs):
        waiting.opened(f"s{number}")
        names.append(waiting.ask(f"s{number}", "greedy"))
    assert None not in names
    clock.now += 1 / DEFAULT.sessions_a_second + 0.01  # its next session could come
    assert waiting.ask("one more", "greedy") is None
    assert waiting.ask("other", "modest") is not None
    waiting.named(names[0], "e0")
    waiting.finished("e0")
    assert waiting.ask("one more", "greedy") is not None


def test_a_visitor_cannot_use_up_gradios_sessions(waiting: Waiting, clock: Clock) -> None:
    for number in range(DEFAULT.sessions):
        name = waiting.ask(f"s{number}", "greedy")
        assert name is not None
        waiting.finished(name)
    assert waiting.ask("one more", "greedy") is None
    assert waiting.ask("s0", "greedy") is not None  # a page that is known goes on
    assert waiting.ask("other", "modest") is not None
    clock.now += 1 / DEFAULT.sessions_a_second + 0.01
    assert waiting.ask("one more", "greedy") is not None
    assert waiting.ask("and one", "greedy") is None


def test_the_unheard_jobs_of_a_visitor_share_its_grace(waiting: Waiting, clock: Clock) -> None:
    waiting.opened("here")
    waiting.ask("here", "modest")
    waiting.ask("slow line", "modest")
    for number in range(4):
        waiting.ask(f"s{number}", "greedy")
    clock.now += GRACE_S / 4 + 0.01
    assert not waiting.listens("s0")
    assert waiting.listens("slow line")
    clock.now += GRACE_S
    assert not waiting.listens("slow line")


def test_streams_of_one_visitor_are_counted(waiting: Waiting) -> None:
    assert all(waiting.connect("v") for _ in range(DEFAULT.visitor_streams))
    assert not waiting.connect("v")
    assert waiting.connect("w")
    waiting.disconnect("v")
    assert waiting.connect("v")
