"""The same study on PostgreSQL: what a file does, a database does."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, replace

import pytest
from sqlalchemy import create_engine, text

from explorer.errors import UserError
from explorer.study import session as sessions
from explorer.study.answers_file import PAUSED
from explorer.study.answers_server import AnswersServer
from explorer.study.design import Rules
from explorer.study.export import read_answers
from explorer.study.store import AnswerStore
from tests.explorer.study.postgres import WHY, programs, running
from tests.explorer.study.studying import begun, made_up
from tests.explorer.study.test_store import ONE, add, table


@pytest.fixture(scope="module")
def server():
    where = programs()
    if where is None:
        pytest.skip(WHY)
    with running(where) as url:
        yield url


@pytest.fixture
def url(server, request):
    """A new database on it."""
    name = f"study_{abs(hash(request.node.name)) % 10**9}"
    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.rsplit("/", 1)[0] + f"/{name}"


def test_what_is_kept_comes_back_equal_and_once(url):
    store = AnswerStore(url)
    store.make()
    assert add(store, ONE)
    assert not add(store, replace(ONE, chosen="first"))
    again = AnswerStore(url)
    again.make()
    assert again.secret == store.secret
    assert table(again).to_dict("records") == [asdict(ONE)]
    assert read_answers(url)["participant"].tolist() == ["p1"]


def test_many_at_once_get_places_of_their_own(url, monkeypatch):
    """Eight participants on two stores, as of two processes: every pair gets its three answers, from three people."""
    monkeypatch.setattr(sessions, "QUICKEST", 0.0)
    monkeypatch.setattr(sessions.Session, "_changed", lambda *_: False)
    study = made_up(12, Rules(answers=3, each=9, blind=False))
    one = begun(url, study)
    other = replace(one, store=AnswerStore(url))
    other.store.make()

    def answer_all(number: int) -> None:
        session, who = (one, other)[number % 2], f"p{number}"
        place = session.begin(study, who)
        while place.turn is not None:
            place = session.answer(who, place.turn.ticket, "left")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(answer_all, range(8)))
    kept = one.answers(study)
    assert set(Counter(kept["pair"]).values()) == {3}
    assert not kept.duplicated(["participant", "pair"]).any()


def test_a_database_that_goes_away_pauses_the_study_and_its_password_is_not_told(url, caplog):
    store = AnswerStore(url)
    store.make()
    gone = AnswersServer(url.replace("study@", "study:hunter2@").rsplit("/", 1)[0] + "/nowhere")
    with pytest.raises(UserError) as told:
        gone.make()
    assert told.value.public == PAUSED
    assert "nowhere" in str(told.value)
    assert "hunter2" not in str(told.value) + caplog.text
    with store.opened(writes=True) as answers:
        answers.connection.execute(text("UPDATE meta SET id = 'another'"))
    with pytest.raises(UserError, match="another"):
        add(store, ONE)


def test_an_outage_is_logged_once_and_so_is_its_end(url, caplog):
    """A process asks every second which studies run."""
    store, other = AnswerStore(url), create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    store.make()
    for taken_away, told in ((True, ["CRITICAL"]), (False, ["CRITICAL", "WARNING"])):
        with other.begin() as connection:
            connection.execute(text("ALTER TABLE meta RENAME TO away" if taken_away else "ALTER TABLE away RENAME TO meta"))
        for _ in range(3):
            with pytest.raises(UserError) if taken_away else nullcontext(), store.opened() as answers:
                answers.table()
        assert [record.levelname for record in caplog.records if "answers database" in record.getMessage()] == told
    other.dispose()


@pytest.mark.parametrize("where", ["mysql://a@b/c", "nonsense://", "http://example.org"])
def test_another_database_is_refused(where, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "explorer.study", "list", "--answers", where], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: MONOSCOPE_ANSWERS")
