"""Who comes in, and who does not."""

import pytest

from explorer.errors import VisitorError
from explorer.ui import door as doors
from explorer.ui.door import OF_ONE, SHUT, TOO_OFTEN, WRONG, Door


def _from(address: str = "10.0.0.1") -> dict[str, object]:
    return {"type": "http", "client": (address, 1), "headers": []}


def test_the_password_opens_the_door_for_an_hour(monkeypatch):
    door = Door("open sesame")
    given = door.open("open sesame", _from())
    assert door.knows(given)
    assert not Door("open sesame").knows(given)  # another process
    monkeypatch.setattr(doors.time, "time", lambda: float(given.split("-")[0]) + 1)
    assert not door.knows(given)


@pytest.mark.parametrize(
    "given", [None, 3, "", "-", "A", "9" * 12 + "-" + "0" * 64, "99999999999999999999-", "é-1", "-1-1", "x" * 10**6]
)
def test_nothing_else_is_a_pass(given):
    assert not Door("open sesame").knows(given)


@pytest.mark.parametrize("password", [None, "", "open sesam", "open sesame ", 0, "é" * 9000, "\ud800"])
def test_another_password_is_refused(password):
    with pytest.raises(VisitorError, match=WRONG):
        Door("open sesame").open(password, _from())


@pytest.mark.parametrize("password", ["", None, "None"])
def test_without_a_password_the_door_is_shut(password):
    with pytest.raises(VisitorError, match="MONOSCOPE_STUDY_PASSWORD") as told:
        Door().open(password, _from())
    assert str(told.value) == SHUT


def test_who_guesses_is_looked_at_no_longer_and_others_are(monkeypatch):
    door = Door("open sesame")
    for _ in range(OF_ONE):
        with pytest.raises(VisitorError, match=WRONG):
            door.open("guess", _from())
    with pytest.raises(VisitorError) as told:
        door.open("open sesame", _from())  # not even the right one
    assert str(told.value) == TOO_OFTEN
    assert door.knows(door.open("open sesame", _from("10.0.0.2")))
    later = doors.time.monotonic() + doors.WINDOW + 1
    monkeypatch.setattr(doors.time, "monotonic", lambda: later)
    assert door.knows(door.open("open sesame", _from()))


@pytest.mark.parametrize("jump", [-61.0, 3601.0])
def test_a_pass_ends_where_the_clock_jumps(monkeypatch, jump):
    """Set back, it would otherwise last longer than an hour."""
    door, now = Door("open sesame"), 1_000_000.0
    monkeypatch.setattr(doors.time, "time", lambda: now)
    given = door.open("open sesame", _from())
    monkeypatch.setattr(doors.time, "time", lambda: now - 2)  # as a time server may
    assert door.knows(given)
    monkeypatch.setattr(doors.time, "time", lambda: now + jump)
    assert not door.knows(given)
