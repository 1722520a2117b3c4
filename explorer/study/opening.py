"""A process's studies: the small one that is there by default, and what the process hides while it runs."""

import threading
import time
from collections.abc import Callable

from explorer.atlas.library import Library
from explorer.errors import UserError
from explorer.study.design import Rules, design
from explorer.study.hiding import Shown
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.study.studies import create_study, listed

BUILT_IN = "built-in"
BUILT_IN_RULES = Rules(answers=None, blind=False)  # to try a study: anybody may look at its atlases
PRACTICE = 2
EVERY = 1.0  # seconds between two looks at which studies run


def open_session(store: AnswerStore, library: Library, settle: Callable[[], None] = lambda: None) -> Session:
    """The session of a store; where nobody has created a study, a small one of the atlases is drawn, once.

    Raises:
        UserError: if the database cannot be reached.
    """
    with store.opened(writes=True) as answers:
        if not listed(answers.connection):
            small = design(list(library.atlases.values()), name=BUILT_IN, rules=BUILT_IN_RULES, practice=PRACTICE)
            if small.of_kind("pair"):
                create_study(answers.connection, small, "open")
    session = Session(store, library, settle)
    session.find()
    return session


def public_library(session: Session) -> Library:
    """The atlases that anybody may look at now: those that no running study hides."""
    return session.library._replace(atlases=Shown(session.library.atlases, lambda: session.hidden.names))


def watch(session: Session) -> threading.Thread:
    """Keep what is hidden up to date, in a thread of its own: others open and close studies.

    While the database is out of reach, what is hidden stays so.
    """

    def look() -> None:
        while True:
            time.sleep(EVERY)
            try:
                session.find()
            except UserError:
                continue  # the store has logged it, once

    thread = threading.Thread(target=look, name="studies", daemon=True)
    thread.start()
    return thread
