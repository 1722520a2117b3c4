"""Studies made up for tests, on files of their own."""

from pathlib import Path

from explorer.atlas.library import Library
from explorer.study.design import Candidate, Pair, Rules, Study
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.study.studies import State, create_study


def made_up(count: int = 5, rules: Rules | None = None, gold: int = 0, practice: int = 0, name: str = "made-up") -> Study:
    """A study of neurons that are nowhere: `count` pairs, then gold ones, then practice; the second side is the lower."""
    kinds = ["pair"] * count + ["gold"] * gold + ["practice"] * practice
    pairs = (Pair(i, Candidate("a", 2 * i, 0.9), Candidate("a", 2 * i + 1, 0.2), kind) for i, kind in enumerate(kinds))
    return Study("dino", tuple(pairs), 0, name, rules or Rules(answers=None, blind=False), {"a": "0" * 64})


def begun(where: Path | str, study: Study, state: State = "open") -> Session:
    """A session of a new store with that study in it; it has no atlases, so nobody finds them changed."""
    store = AnswerStore(where)
    store.make()
    with store.opened(writes=True) as answers:
        create_study(answers.connection, study, state)
    return Session(store, Library({}, []))
