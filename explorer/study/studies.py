"""The studies in a database: each is kept as it was drawn, and is a draft, open, paused or closed."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from explorer.errors import UserError, VisitorError
from explorer.study.design import Study
from explorer.study.plan import checked, from_json, to_json
from explorer.study.tables import ANSWERS, STUDIES, TURNS

State = Literal["draft", "open", "paused", "closed"]
RUNNING: tuple[State, ...] = ("open", "paused")  # a paused one goes on: what it asks is no secret yet when it does not
# What each state may become. A closed study stays closed, since its results have been shown.
_MAY_BECOME: dict[str, tuple[State, ...]] = {
    "draft": ("open", "closed"),
    "open": ("paused", "closed"),
    "paused": ("open", "closed"),
}


class Listed(NamedTuple):
    """A study, in a list."""

    name: str
    state: State


class Progress(NamedTuple):
    """How far a study is."""

    participants: int  # who answered
    answers: int  # of all kinds
    out: int  # pairs that somebody has before them, or left


def listed(connection: Connection) -> list[Listed]:
    """All studies, in the order they were created."""
    rows = connection.execute(select(STUDIES.c.name, STUDIES.c.state).order_by(STUDIES.c.created, STUDIES.c.name))
    return [Listed(*row) for row in rows]


def read_study(connection: Connection, name: str) -> Study:
    """A study as it was drawn.

    Raises:
        UserError: if there is none of that name.
    """
    plan = connection.scalar(select(STUDIES.c.plan).where(STUDIES.c.name == name))
    if plan is None:
        names = ", ".join(study.name for study in listed(connection)) or "none"
        raise UserError(f"there is no study {name!r}; there are: {names}. Create one with `python -m explorer.study create`")
    return from_json(plan)


def create_study(connection: Connection, study: Study, state: State = "draft") -> None:
    """Keep a study; it never changes afterwards.

    Raises:
        UserError: if it cannot be run, or its name is taken.
    """
    checked(study)
    if connection.scalar(select(STUDIES.c.name).where(STUDIES.c.name == study.name)) is not None:
        raise VisitorError(f"there is a study {study.name!r} already, and studies are never drawn anew: give another name")
    created = datetime.now(UTC).isoformat(timespec="milliseconds")
    connection.execute(insert(STUDIES).values(name=study.name, plan=to_json(study), state=state, created=created))


def set_state(connection: Connection, name: str, state: State) -> None:
    """Open, pause or close a study.

    Raises:
        UserError: if there is none of that name, or it is closed.
    """
    found = connection.scalar(select(STUDIES.c.state).where(STUDIES.c.name == name).with_for_update())
    if found is None:
        read_study(connection, name)
    if found == state:
        return
    if state not in _MAY_BECOME.get(str(found), ()):
        raise VisitorError(f"study {name!r} is {found} and cannot become {state}: create another one")
    connection.execute(update(STUDIES).where(STUDIES.c.name == name).values(state=state))


def progress(connection: Connection, name: str) -> Progress:
    """Counts of a study's answers."""
    answers = select(func.count(ANSWERS.c.participant.distinct()), func.count()).where(ANSWERS.c.study == name)
    out = select(func.count()).select_from(TURNS).where(TURNS.c.study == name, TURNS.c.done == 0)
    participants, count = connection.execute(answers).one()
    return Progress(participants, count, connection.scalar(out) or 0)
