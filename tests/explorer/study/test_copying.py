"""Answers copied to a data set of the Hub, and back; the Hub is a FAKE (tests/fake_hub.py), its client the real one."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from explorer.atlas.library import Library
from explorer.errors import UserError, VisitorError
from explorer.study import copying as module
from explorer.study import session as sessions
from explorer.study.copies import DATABASE
from explorer.study.copying import NOT_COPIED, Copying
from explorer.study.design import Rules
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.study.studies import create_study, listed, set_state
from tests.explorer.study.studying import begun, made_up
from tests.fake_hub import TOKEN, USER, FakeHub, Repository, fake_hub

NAME = f"{USER}/answers"
STUDY = made_up(3, Rules(answers=None, blind=False, back=True))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Where the Hub's client finds it, with a token."""
    monkeypatch.setattr(sessions, "QUICKEST", 0.0)
    monkeypatch.setattr(Session, "_changed", lambda *_: False)
    with fake_hub() as hub:
        for name, value in {
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "cache"),
            "HF_TOKEN_PATH": str(tmp_path / "no-token"),
        }.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


def _restored(path: Path) -> tuple[Session, Copying]:
    store = AnswerStore(path)
    copying = Copying(store, NAME)
    copying.restore()
    return Session(store, Library({}, []), copying.settle), copying


def _started(path: Path) -> tuple[Session, Copying]:
    """With an open study, as a process that finds an empty data set."""
    session, copying = _restored(path)
    with session.store.opened(writes=True) as answers:
        create_study(answers.connection, STUDY, "open")
    return session, copying


def test_who_begins_on_a_disk_that_is_lost_goes_on_where_they_were(hub: FakeHub, tmp_path: Path) -> None:
    session, copying = _started(tmp_path / "first.sqlite")
    token = session.participants.token_of_code(session.participants.new_code()) or ""
    name = session.participants.name(token) or ""
    turn = session.begin(STUDY, name).turn
    session.answer(name, turn.ticket, "left", 900.0)
    session.answer(name, turn.ticket, "right")  # given anew
    with session.store.opened(writes=True) as answers:
        set_state(answers.connection, STUDY.name, "paused")
    assert copying.copy() == 5  # the database, the plan, its state, and the answer's two revisions
    assert hub.repositories[NAME].private
    code = session.participants.completion_code(STUDY.name, name)

    later, _ = _restored(tmp_path / "second.sqlite")
    assert later.find() == (STUDY, "paused")
    assert later.answers(STUDY).equals(session.answers(STUDY))
    assert len(later.answers(STUDY)) == 2
    assert later.participants.name(token) == name
    assert later.participants.completion_code(STUDY.name, name) == code
    place = later.place(STUDY, name)
    assert (place.done, place.turn.pair != turn.pair) == (1, True)


def test_copies_never_change_and_only_what_is_new_is_copied(hub: FakeHub, tmp_path: Path) -> None:
    session, copying = _started(tmp_path / "answers.sqlite")
    copying.copy()
    before, asked = dict(hub.repositories[NAME].files), len(hub.asked)
    assert copying.copy() == 0
    assert len(hub.asked) == asked  # nothing new asks nothing of the Hub
    session.answer("anna", session.begin(STUDY, "anna").turn.ticket, "left")
    with session.store.opened(writes=True) as answers:
        set_state(answers.connection, STUDY.name, "closed")
    assert copying.copy() == 2
    after = hub.repositories[NAME].files
    assert {name: after[name] for name in before} == before
    states = [json.loads(after[name])["state"] for name in sorted(after) if name.startswith("states/")]
    assert states == ["open", "closed"]
    assert max(len(data) for name, data in after.items() if name.startswith("answers/")) < 2000


def test_what_the_hub_refuses_is_tried_again_until_it_is_there(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.02)
    session, copying = _started(tmp_path / "answers.sqlite")
    refused: list[str] = []

    def refuse(method: str, path: str) -> int | None:
        if method == "POST" and len(refused) < 3:
            refused.append(path)
            return 403
        return None

    hub.refuse = refuse
    session.answer("anna", session.begin(STUDY, "anna").turn.ticket, "left")
    with pytest.raises(VisitorError, match="not copied yet"):
        session.settle()  # who is done is not told so yet
    assert NOT_COPIED not in caplog.text
    copying.keep_copying()
    until = time.monotonic() + 20
    while time.monotonic() < until and not any(name.startswith("answers/") for name in hub.repositories[NAME].files):
        time.sleep(0.05)
    assert len(refused) == 3
    assert sum(name.startswith("answers/") for name in hub.repositories[NAME].files) == 1
    session.settle()


def test_where_the_hub_is_away_at_the_start_nothing_begins(hub: FakeHub, tmp_path: Path) -> None:
    hub.refuse = lambda method, path: 403
    with pytest.raises(UserError, match=NAME):
        _restored(tmp_path / "answers.sqlite")
    assert not (tmp_path / "answers.sqlite").exists()


def test_a_public_data_set_or_that_of_another_database_is_refused(hub: FakeHub, tmp_path: Path) -> None:
    _started(tmp_path / "first.sqlite")[1].copy()
    begun(tmp_path / "other.sqlite", replace(STUDY, name="other"))
    with pytest.raises(UserError, match="another database"):
        _restored(tmp_path / "other.sqlite")
    hub.repositories[NAME].private = False
    with pytest.raises(UserError, match="is public"):
        _restored(tmp_path / "third.sqlite")


def test_files_that_are_no_copies_are_left_out_and_logged(hub: FakeHub, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _started(tmp_path / "first.sqlite")[1].copy()
    repository: Repository = hub.repositories[NAME]
    strange = {"studies/x.json": b"[]", "answers/x/y.json": b'{"answer": 1}', "answers/x/z.json": b"\xff", "readme.json": b"{}"}
    repository.commit(repository.files | strange)
    with caplog.at_level(logging.WARNING):
        session, _ = _restored(tmp_path / "second.sqlite")
    with session.store.opened() as answers:
        assert [study.name for study in listed(answers.connection)] == [STUDY.name]
    assert sum("is left out" in record.getMessage() for record in caplog.records) == 3
    assert DATABASE in repository.files
