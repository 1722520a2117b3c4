"""The answers file at its start, and whatever happens to it afterwards."""

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import astuple, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import UserError
from explorer.study import answers_file
from explorer.study.answers_file import BUSY, PAUSED, VERSION
from explorer.study.store import COLUMNS, AnswerStore
from tests.explorer.study.test_store import ONE, add, answered, table

TEXTS = "study", "participant", "similarity", "first_atlas", "second_atlas", "on_left", "chosen", "answered"
NUMBERS = {"first_ms": "REAL", "second_ms": "REAL"}
BEFORE = COLUMNS[: COLUMNS.index("kind")]  # of versions 1 and 2
OLD = ", ".join(f"{name} {'TEXT' if name in TEXTS else NUMBERS.get(name, 'INTEGER')} NOT NULL" for name in BEFORE)


def version_1(path, answers):
    """A file as Monoscope wrote it before files had an identity."""
    rows = [astuple(answer)[: len(BEFORE)] for answer in answers]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"CREATE TABLE answers ({OLD}, PRIMARY KEY (study, participant, pair)) STRICT, WITHOUT ROWID")
        connection.executemany(f"INSERT INTO answers VALUES ({', '.join('?' * len(BEFORE))})", rows)
        connection.execute("PRAGMA user_version = 1")
    return path


@pytest.fixture
def store(tmp_path):
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    add(store, ONE)
    return store


def paused(store):
    """That every way to the answers says so, and to visitors nothing of the host."""
    for use in (
        lambda: add(store, replace(ONE, pair=4)),
        lambda: answered(store),
        lambda: table(store),
    ):
        with pytest.raises(UserError, match="answers file") as told:
            use()
        assert str(store.path) in str(told.value)
        assert told.value.public == PAUSED
    assert str(store.path.parent) not in PAUSED


def refusal(use):
    """What visitors are told; None where nothing is wrong. Any other error passes."""
    try:
        use()
    except UserError as error:
        return error.public
    return None


# At the start.


def test_a_new_file_has_an_identity_and_is_its_owner_s_alone(store):
    assert len(store.secret) == 32
    assert store.path.stat().st_mode & 0o077 == 0
    again = AnswerStore(store.path)
    again.make()
    assert again.secret == store.secret
    assert answered(again) == {3}


def test_a_file_of_version_1_is_brought_to_this_version_with_all_its_answers(tmp_path):
    answers = [replace(ONE, pair=i) for i in range(100)]
    store = AnswerStore(version_1(tmp_path / "answers.sqlite", answers))
    store.make()
    assert answered(store) == set(range(100))
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("SELECT length(id), length(secret) FROM meta").fetchall() == [(32, 32)]
    secret = store.secret
    store.make()
    assert store.secret == secret


def test_a_file_that_all_could_read_is_its_owners_alone_once_it_holds_the_secret(tmp_path):
    path = version_1(tmp_path / "answers.sqlite", [ONE])
    path.chmod(0o644)
    AnswerStore(path).make()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_of_version_1_that_somebody_holds_stays_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(answers_file, "WAIT_AT_START", 1)
    path = version_1(tmp_path / "answers.sqlite", [ONE])
    store = AnswerStore(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="locked"):
            store.make()
        other.execute("ROLLBACK")
        assert other.execute("PRAGMA user_version").fetchone() == (1,)
        assert other.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (1,)
    store.make()
    assert answered(store) == {3}


def test_a_file_of_version_1_that_somebody_only_looks_at_is_brought_to_this_version(tmp_path):
    """The last connection to close tidies the log up; here it is not ours."""
    path = version_1(tmp_path / "answers.sqlite", [ONE])
    store = AnswerStore(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        assert other.execute("SELECT count(*) FROM answers").fetchall() == [(1,)]
        store.make()
        assert answered(store) == {3}


def test_a_file_of_another_version_is_refused(store):
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(UserError, match="version 7"):
        AnswerStore(store.path).make()


@pytest.mark.parametrize("version", [0, 1, 2])
def test_another_program_s_database_is_refused_and_stays_as_it_was(tmp_path, version):
    path = tmp_path / "answers.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    with pytest.raises(UserError, match="answers file"):
        AnswerStore(path).make()
    assert path.read_bytes() == before


def _directory(path):
    path.mkdir()


def _text(path):
    path.write_bytes(b"not a database at all, but long enough to be taken for one" * 30)


@pytest.mark.parametrize("put", [_directory, _text, os.mkfifo], ids=["directory", "text", "fifo"])
def test_what_cannot_be_an_answers_file_is_refused(tmp_path, put):
    path = tmp_path / "answers.sqlite"
    put(path)
    store = AnswerStore(path)
    with pytest.raises(UserError, match="MONOSCOPE_ANSWERS"):
        store.make()
    paused(store)


def test_a_place_that_cannot_be_written_pauses_the_study(tmp_path):
    (tmp_path / "file").write_text("")
    store = AnswerStore(tmp_path / "file" / "answers.sqlite")
    with pytest.raises(UserError, match="MONOSCOPE_ANSWERS"):
        store.make()
    paused(store)


def test_without_a_start_nothing_is_made(tmp_path):
    store = AnswerStore(tmp_path / "answers.sqlite")
    paused(store)
    assert not any(tmp_path.iterdir())


# Afterwards.


def _delete(path):
    path.unlink()


def _replace_by_another(path):
    path.unlink()
    another = AnswerStore(path)
    another.make()
    add(another, replace(ONE, pair=77))


def _copy_another_over(path):
    another = AnswerStore(path.with_name("another.sqlite"))
    another.make()
    add(another, replace(ONE, pair=77))
    path.write_bytes(another.path.read_bytes())


def _replace_by_directory(path):
    path.unlink()
    path.mkdir()


def _replace_by_fifo(path):
    path.unlink()
    os.mkfifo(path)


def _replace_by_text(path):
    path.unlink()
    _text(path)


def _empty(path):
    path.write_bytes(b"")


def _take_the_directory(path):
    path.parent.rename(path.parent.with_name("gone"))


def _forget_the_identity(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM meta")


VANISHING = [
    *(_delete, _replace_by_another, _copy_another_over, _replace_by_directory, _replace_by_fifo, _replace_by_text, _empty),
    *(_take_the_directory, _forget_the_identity),
]


@pytest.mark.parametrize("vanish", VANISHING, ids=lambda vanish: vanish.__name__.strip("_"))
def test_answers_that_vanish_are_an_alarm_and_nothing_is_made_anew(store, tmp_path, caplog, vanish):
    vanish(store.path)
    there = store.path.read_bytes() if store.path.is_file() else None
    paused(store)
    paused(store)
    assert (store.path.read_bytes() if store.path.is_file() else None) == there
    alarms = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(alarms) == 1
    assert str(store.path) in alarms[0].getMessage()


@pytest.mark.parametrize("moved", [True, False], ids=["the file itself", "a copy"])
def test_the_same_file_come_back_goes_on(store, caplog, moved):
    aside = store.path.with_name("aside.sqlite")
    shutil.move(store.path, aside) if moved else (shutil.copy(store.path, aside), store.path.unlink())
    paused(store)
    shutil.move(aside, store.path)
    assert answered(store) == {3}
    assert add(store, replace(ONE, pair=4))
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "WARNING"]
    store.path.unlink()
    paused(store)
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "WARNING", "CRITICAL"]


@pytest.mark.parametrize("vanish", [_delete, _replace_by_directory])
def test_a_file_that_vanishes_while_it_is_written_acknowledges_nothing(store, vanish):
    """The connection is open by then: SQLite itself writes on without a word."""

    def write():
        with store.opened(writes=True) as answers:
            vanish(store.path)
            answers.connection.exec_driver_sql("UPDATE answers SET milliseconds = 1")

    with pytest.raises(UserError, match=r"taken away|No such file|regular"):
        write()


def test_another_file_is_not_mixed_with_the_log_of_the_one_before(store, tmp_path):
    """A connection that somebody leaves open keeps the log beside the new file, and SQLite would write it into that."""
    another = AnswerStore(tmp_path / "another.sqlite")
    another.make()
    add(another, replace(ONE, pair=77))
    before = another.path.read_bytes()
    with closing(sqlite3.connect(store.path)) as left_open:
        left_open.execute("UPDATE answers SET milliseconds = 1")
        left_open.commit()
        os.replace(another.path, store.path)
        paused(store)
        assert store.path.read_bytes() == before


def test_another_writer_is_waited_for_no_longer_than_told(store):
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError, match="another writer") as told:
            add(store, replace(ONE, pair=4), until=time.monotonic() - 1)
        assert told.value.public == BUSY
        assert answered(store) == {3}  # who only reads does not wait
        other.execute("ROLLBACK")
    assert add(store, replace(ONE, pair=4))


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_harmless(tmp_path_factory, data):
    """Whatever byte is another: an answer, or the sentence; nothing else comes out."""
    store = AnswerStore(tmp_path_factory.mktemp("damaged") / "answers.sqlite")
    store.make()
    add(store, ONE)
    whole = bytearray(store.path.read_bytes())
    if data.draw(st.booleans()):
        whole = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        whole[data.draw(st.one_of(st.integers(0, 200), st.integers(0, len(whole) - 1)))] ^= 1 << data.draw(st.integers(0, 7))
    store.path.write_bytes(bytes(whole))
    for use in (
        lambda: answered(store),
        lambda: add(store, replace(ONE, pair=4)),
        lambda: table(store),
    ):
        assert refusal(use) in (None, PAUSED, BUSY)
