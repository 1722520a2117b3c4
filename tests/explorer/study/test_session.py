"""A participant's way through a study, and what is kept of it."""

import asyncio
import os
import time
from collections import Counter
from dataclasses import replace

import pytest

from explorer.errors import UserError, VisitorError
from explorer.study import session as sessions
from explorer.study import turns
from explorer.study.answers_file import BUSY, PAUSED
from explorer.study.design import Rules
from explorer.study.session import NOT_OPEN, Session
from explorer.study.store import counted
from explorer.study.studies import set_state
from explorer.study.threads import StudyThreads
from tests.attacks.study import full_disk
from tests.explorer.study.studying import begun, made_up
from tests.loops import run as run_coroutine

MANY = Rules(answers=None, blind=False)


@pytest.fixture(autouse=True)
def nobody_is_too_quick(monkeypatch):
    monkeypatch.setattr(sessions, "QUICKEST", 0.0)


@pytest.fixture
def session(tmp_path, monkeypatch):
    return _begun(tmp_path, monkeypatch, made_up())


def _begun(tmp_path, monkeypatch, study) -> Session:
    """With atlases that are as the study knows them."""
    monkeypatch.setattr(Session, "_changed", lambda *_: False)
    return begun(tmp_path / "answers.sqlite", study)


def _study(session):
    return session.find()[0]


def answer_all(session, who, choice="left", milliseconds=1500.0):
    """Answer everything; gives the turns."""
    place, seen = session.begin(_study(session), who), []
    while place.turn is not None:
        seen.append(place.turn)
        place = session.answer(who, place.turn.ticket, choice, milliseconds)
    return seen


def test_one_answer_after_the_other_until_all_are_given(session):
    seen = answer_all(session, "anna")
    assert sorted(turn.pair for turn in seen) == [0, 1, 2, 3, 4]
    assert [turn.step for turn in seen] == [0, 1, 2, 3, 4]
    assert session.place(_study(session), "anna").turn is None
    assert session.place(_study(session), "ben") is None  # has not agreed to anything


@pytest.mark.parametrize("choice", ["left", "right", "neither"])
def test_what_is_kept_is_the_neuron_and_not_the_side(tmp_path, monkeypatch, choice):
    session = _begun(tmp_path, monkeypatch, made_up(30))
    answer_all(session, "anna", choice)
    kept = session.answers(_study(session))
    assert set(kept["on_left"]) == {"first", "second"}
    other = {"first": "second", "second": "first"}
    expected = {"left": kept["on_left"], "right": kept["on_left"].map(other), "neither": ["neither"] * 30}[choice]
    assert kept["chosen"].tolist() == list(expected)


def test_the_browser_s_time_is_kept_where_it_can_be_true(session, monkeypatch):
    """Each answer comes 0.75 s after its pair was given, by the server's clock."""
    now = float(round(time.time()))
    monkeypatch.setattr(sessions.time, "time", lambda: now)
    place = session.begin(_study(session), "anna")
    for took in (1800.0, 10**8, None, 0.0):
        now += 0.75
        place = session.answer("anna", place.turn.ticket, "left", took)
    kept = session.answers(_study(session))
    assert kept["clock"].tolist() == ["browser", "server", "server", "server"]
    assert kept["milliseconds"].tolist() == [1800, 750, 750, 750]


def test_answers_of_others_replayed_ones_and_too_quick_ones_are_left_out(session, monkeypatch):
    first = session.begin(_study(session), "anna").turn
    assert session.answer("ben", first.ticket, "left") is None
    assert session.answer("anna", "A" * 22, "left") is None
    monkeypatch.setattr(sessions, "QUICKEST", 60.0)
    assert session.answer("anna", first.ticket, "left").turn.ticket == first.ticket
    monkeypatch.setattr(sessions, "QUICKEST", 0.0)
    second = session.answer("anna", first.ticket, "left").turn
    assert session.answer("anna", first.ticket, "right").turn.ticket == second.ticket  # a second click
    assert len(session.answers(_study(session))) == 1


def test_sets_are_what_the_turn_says(session):
    study = _study(session)
    for turn in answer_all(session, "anna"):
        pair = study.pairs[turn.pair]
        sides = (pair.first, pair.second) if turn.on_left == "first" else (pair.second, pair.first)
        assert session.sets(turn.ticket) == sides
    assert session.sets("A" * 22) is None


def test_every_pair_gets_its_answers_from_different_people(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(20, Rules(answers=3, each=12, blind=False)))
    given = [len(answer_all(session, f"p{i}")) for i in range(6)]
    kept = session.answers(_study(session))
    assert set(Counter(kept["pair"]).values()) == {3}
    assert not kept.duplicated(["participant", "pair"]).any()
    assert sum(given) == 60
    assert max(given) == 12


def test_the_least_answered_pair_comes_first(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(10, Rules(answers=None, each=7, blind=False)))
    for who in "abcdefgh":
        answer_all(session, who)
        counts = Counter(session.answers(_study(session))["pair"])
        assert max(counts.values()) - min(counts.get(pair, 0) for pair in range(10)) <= 1


def test_a_pair_that_is_left_returns_to_the_pool_and_a_late_answer_takes_no_place(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(1, Rules(answers=1, blind=False)))
    study = _study(session)
    left = session.begin(study, "anna").turn
    assert session.begin(study, "ben").turn is None  # it is out
    monkeypatch.setattr(turns, "LEASE", -1.0)  # everything given is over time
    assert session.place(study, "ben").turn.pair == 0
    answer_all(session, "ben")
    assert session.answer("anna", left.ticket, "left").turn is None
    assert session.answers(study)["participant"].tolist() == ["ben"]


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_where_the_clock_jumps_no_pair_is_held(tmp_path, monkeypatch, jump):
    """One place for one pair: whoever had it when the clock was set holds it no longer, for a day least of all."""
    session = _begun(tmp_path, monkeypatch, made_up(1, Rules(answers=1, blind=False)))
    study, now = _study(session), time.time()
    left = session.begin(study, "anna").turn
    monkeypatch.setattr(turns.time, "time", lambda: now + jump)
    given = session.begin(study, "ben").turn
    assert given.pair == 0
    assert session.answer("anna", left.ticket, "left", 1500.0).done == 0
    assert session.answer("ben", given.ticket, "left", 1500.0).done == 1
    assert session.answers(study)["participant"].tolist() == ["ben"]


def test_an_answer_across_a_jump_of_the_clock_is_kept_or_asked_for_again(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(2))
    turn, now = session.begin(_study(session), "anna").turn, time.time()
    monkeypatch.setattr(turns.time, "time", lambda: now - 3600)
    again = session.answer("anna", turn.ticket, "left", 1500.0)
    assert (again.done, again.turn.ticket) == (0, turn.ticket)
    assert session.answer("anna", turn.ticket, "left", 1500.0).done == 1
    monkeypatch.setattr(turns.time, "time", lambda: now + 3600)
    turn = session.place(_study(session), "anna").turn
    monkeypatch.setattr(turns.time, "time", lambda: now + 2 * 86_400)
    assert session.answer("anna", turn.ticket, "left", 1500.0).done == 2
    assert session.answers(_study(session))["milliseconds"].tolist() == [1500, 1500]


def test_practice_comes_first_gold_is_spread_and_repeats_swap_sides(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(9, replace(MANY, repeats=2), gold=2, practice=2))
    seen = answer_all(session, "anna")
    kinds = [turn.kind for turn in seen]
    assert kinds == ["practice"] * 2 + ["pair"] * 3 + ["gold"] + ["pair"] * 3 + ["gold"] + ["pair"] * 3 + ["repeat"] * 2
    sides = {turn.pair: turn.on_left for turn in seen if turn.kind == "pair"}
    assert all(turn.on_left != sides[turn.pair] for turn in seen if turn.kind == "repeat")
    assert len(counted(session.answers(_study(session)))) == 9


def test_practice_is_told_whether_it_was_the_obvious_one(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(1, MANY, practice=2))
    first = session.begin(_study(session), "anna").turn
    right = "left" if first.on_left == "first" else "right"  # the first has the higher MS
    second = session.answer("anna", first.ticket, right)
    wrong = "right" if second.turn.on_left == "first" else "left"
    third = session.answer("anna", second.turn.ticket, wrong)
    assert (second.practised, third.practised) == (True, False)
    assert session.answer("anna", third.turn.ticket, "left").practised is None


def test_the_last_answer_is_given_anew_where_the_study_allows_it(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(3, replace(MANY, back=True)))
    study = _study(session)
    first = session.begin(study, "anna").turn
    assert session.back(study, "anna") is None
    second = session.answer("anna", first.ticket, "left").turn
    assert session.back(study, "anna").turn.ticket == first.ticket
    assert session.answer("anna", first.ticket, "right").turn.ticket == second.ticket
    session.answer("anna", first.ticket, "right")  # the same again
    kept = session.answers(study)
    assert kept["revision"].tolist() == [0, 1]  # nothing is overwritten
    assert len(counted(kept)) == 1
    assert counted(kept)["chosen"].item() == kept["chosen"][1]
    session.answer("anna", second.ticket, "left")
    session.answer("anna", first.ticket, "left")  # no longer the last
    assert len(session.answers(study)) == 3


def test_without_can_t_tell_it_is_no_answer(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(2, replace(MANY, neither=False)))
    turn = session.begin(_study(session), "anna").turn
    assert session.answer("anna", turn.ticket, "neither").turn.ticket == turn.ticket


def test_only_an_open_study_takes_answers(session):
    study = _study(session)
    turn = session.begin(study, "anna").turn
    with session.store.opened(writes=True) as answers:
        set_state(answers.connection, study.name, "paused")
    with pytest.raises(VisitorError, match="paused"):
        session.answer("anna", turn.ticket, "left")
    assert session.find()[1] == "paused"
    with session.store.opened(writes=True) as answers:
        set_state(answers.connection, study.name, "open")
        set_state(answers.connection, study.name, "closed")
    assert session.why_not(study, "closed") == NOT_OPEN["closed"]
    assert session.find()[1] == "closed"
    with pytest.raises(UserError, match="closed"), session.store.opened(writes=True) as answers:
        set_state(answers.connection, study.name, "open")


def test_whoever_finds_a_blind_study_hides_its_atlases(tmp_path, monkeypatch):
    session = _begun(tmp_path, monkeypatch, made_up(3, Rules()))
    other = Session(session.store, session.library)  # of another process
    assert other.hidden.names == set()
    study, state = other.find() or pytest.fail("there is a study")
    assert other.why_not(study, state) is None
    assert other.hidden.names == {"a"}


def test_a_script_s_ten_thousand_answers_are_one_answer(session):
    """One ticket, replayed at once: at most some hundreds wait, the others are told that the study is busy."""
    turn = session.begin(_study(session), "anna").turn

    async def post(threads):
        try:
            return await threads.run(lambda until: session.answer("anna", turn.ticket, "left", 900.0, until))
        except UserError as error:
            return error.public

    async def script():
        threads = StudyThreads()
        return await asyncio.gather(*(post(threads) for _ in range(10_000)))

    begin = time.monotonic()
    replies = run_coroutine(script())
    assert time.monotonic() - begin < 60
    assert len(session.answers(_study(session))) == 1
    assert {reply for reply in replies if isinstance(reply, str)} == {BUSY}
    assert {reply.done for reply in replies if not isinstance(reply, str)} == {1}


def test_where_the_disk_is_full_nothing_is_acknowledged_and_all_goes_on_afterwards(session):
    place, given = session.begin(_study(session), "anna"), 0
    with full_disk(os.getpid()), pytest.raises(UserError) as told:
        session.answer("anna", place.turn.ticket, "left")
    assert told.value.public == PAUSED
    assert len(session.answers(_study(session))) == given
    assert session.answer("anna", place.turn.ticket, "left").done == 1
    assert len(session.answers(_study(session))) == 1


def test_an_answer_takes_milliseconds(tmp_path, monkeypatch):
    """A study as large as the paper's, on one file."""
    session = _begun(tmp_path, monkeypatch, made_up(1000, Rules(answers=3, each=60, blind=False)))
    begin = time.process_time()  # whatever else the machine does
    assert len(answer_all(session, "anna")) == 60
    assert (time.process_time() - begin) / 60 < 0.25
