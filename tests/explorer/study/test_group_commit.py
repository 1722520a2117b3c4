"""Group commit: what waits together is one transaction; what fails harms nobody else; nobody waits for ever."""

import asyncio
import threading
import time
from collections import Counter
from contextlib import nullcontext

import pytest

from explorer.errors import UserError, VisitorError
from explorer.study import group_commit
from explorer.study.answers_file import BUSY
from explorer.study.design import Rules
from explorer.study.group_commit import GroupCommit
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from tests.attacks.study import held
from tests.explorer.study.studying import begun, made_up
from tests.loops import run as run_coroutine


@pytest.fixture
def store(tmp_path):
    made = AnswerStore(tmp_path / "answers.sqlite")
    made.make()
    return made


def _agreeing(store, name, connections=None):
    """Work that keeps who agreed, and notes in which connection."""

    def work(until):
        with store.opened(until, writes=True) as answers:
            if connections is not None:
                connections.append(id(answers.connection))
            return answers.agree("s", name, "consent-1", "now")

    return work


def _study(session):
    return session.find()[0]


def _agreed(store, *names):
    with store.opened() as answers:
        return [answers.agreed("s", name) for name in names]


def test_what_waits_together_is_one_transaction_and_each_hears_its_own(store):
    connections, begun, go_on = [], threading.Event(), threading.Event()

    def first(_until):
        begun.set()
        go_on.wait(5)
        return "first"

    async def many():
        group = GroupCommit(store)
        waiting = [asyncio.create_task(group.run(first))]
        while not begun.is_set():
            await asyncio.sleep(0.001)
        waiting += [asyncio.create_task(group.run(_agreeing(store, f"p{n % 5}", connections))) for n in range(10)]
        await asyncio.sleep(0.05)
        go_on.set()
        return await asyncio.gather(*waiting)

    assert run_coroutine(many()) == ["first", *[True] * 5, *[False] * 5]  # the second time each had agreed already
    assert len(connections) == 10
    assert len(set(connections)) == 1
    assert _agreed(store, "p0", "p4", "p5") == [True, True, False]


def test_who_fails_after_writing_leaves_nothing_and_harms_nobody(store):
    def fails(until):
        _agreeing(store, "wrong")(until)
        raise VisitorError("no")

    async def three():
        group = GroupCommit(store)
        works = [_agreeing(store, "before"), fails, _agreeing(store, "after")]
        return await asyncio.gather(*map(group.run, works), return_exceptions=True)

    before, error, after = run_coroutine(three())
    assert (before, after) == (True, True)
    assert isinstance(error, VisitorError)
    assert _agreed(store, "before", "wrong", "after") == [True, False, True]


def test_while_somebody_else_writes_all_are_refused_in_time_and_nothing_was_done(store, monkeypatch):
    monkeypatch.setattr(group_commit, "WAIT", 0.3)

    async def many():
        group = GroupCommit(store)
        return await asyncio.gather(*(group.run(_agreeing(store, f"p{n}")) for n in range(20)), return_exceptions=True)

    with held(store.path):
        begun = time.monotonic()
        told = run_coroutine(many())
        took = time.monotonic() - begun
    assert {error.public for error in told} == {BUSY}
    assert took < 1.5
    time.sleep(0.1)
    assert not any(_agreed(store, *(f"p{n}" for n in range(20))))


def test_those_who_wait_are_not_without_number(store, monkeypatch):
    monkeypatch.setattr(group_commit, "WAITING", 3)
    go_on = threading.Event()

    async def many():
        group = GroupCommit(store)
        waiting = [asyncio.create_task(group.run(lambda _: go_on.wait(5))) for _ in range(8)]
        refused = [task for task in (await asyncio.wait(waiting, timeout=0.3))[0] if task.exception()]
        go_on.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        return refused

    refused = run_coroutine(many())
    assert refused
    assert all(isinstance(task.exception(), UserError) and task.exception().public == BUSY for task in refused)


def test_many_answers_of_one_transaction_are_as_those_of_many(tmp_path, monkeypatch):
    """The same people, answers and lots, one transaction a step or one a person: the same rows."""
    monkeypatch.setattr("explorer.study.session.QUICKEST", 0.0)
    monkeypatch.setattr(Session, "_changed", lambda *_: False)  # there are no atlases

    def rows(name, together):
        session = begun(tmp_path / name, made_up(count=6, rules=Rules(answers=2, each=4)))
        study = _study(session)
        with session.store.opened(writes=True) if together else nullcontext():
            places = {who: session.begin(study, who) for who in ("anna", "ben", "cleo")}
        for step in range(4):
            with session.store.opened(writes=True) if together else nullcontext():
                for who, place in places.items():
                    if place.turn:
                        places[who] = session.answer(who, place.turn.ticket, ("left", "right", "neither")[step % 3], 500.0)
        kept = session.answers(study).drop(columns=["answered", "milliseconds", "clock"])
        return sorted(kept.itertuples(index=False, name=None)), {who: place.done for who, place in places.items()}

    one, many = rows("together", True), rows("alone", False)
    assert one == many
    assert len(one[0]) == 12 == len({(row[1], row[2]) for row in one[0]})
    assert set(Counter(row[2] for row in one[0]).values()) == {2}


def test_a_press_twice_in_one_transaction_is_one_answer(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.study.session.QUICKEST", 0.0)
    monkeypatch.setattr(Session, "_changed", lambda *_: False)  # there are no atlases
    session = begun(tmp_path / "answers.sqlite", made_up(count=6))
    study = _study(session)
    ticket = session.begin(study, "anna").turn.ticket
    with session.store.opened(writes=True):
        first = session.answer("anna", ticket, "left")
        again = session.answer("anna", ticket, "right")
        third = session.answer("anna", again.turn.ticket, "right")  # of a turn that was given in the same transaction
    assert (first.done, again.done, third.done) == (1, 1, 2)
    assert again.turn.ticket == first.turn.ticket
    assert session.answers(study)["revision"].tolist() == [0, 0]
