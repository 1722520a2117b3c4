"""Copies of a database as small files that never change, and back: for hosts whose disk is lost when they start again.

database.json                                       its identity, and the secret that signs participants' tokens
studies/NAME.json                                   a plan, as `plan.py` writes it
states/NAME/000001-open.json                        what a study became, one file after the other
answers/NAME/PARTICIPANT-KIND-PAIR-REVISION.json    an answer, with its turn and the participant's consent
"""

import base64
import json
import logging
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import LABEL_STYLE_TABLENAME_PLUS_COL, Connection, and_, select, update

from explorer.errors import UserError
from explorer.study.plan import from_json
from explorer.study.store import Answer, Answers, AnswerStore
from explorer.study.studies import State, create_study, listed
from explorer.study.tables import ANSWERS, CONSENTS, META, STUDIES, TURNS
from explorer.study.turns import Turn

DATABASE = "database.json"
log = logging.getLogger(__name__)


class _Identity(BaseModel):
    id: str
    secret: str  # base64


class _Kept(BaseModel):
    answer: Answer
    turn: Turn
    consent: str
    given: str


def wanted(connection: Connection, there: Collection[str]) -> dict[str, bytes]:
    """The copies that are not there yet: their content by name."""
    meta = connection.execute(select(META)).one()
    files = {DATABASE: {"id": meta.id, "secret": base64.b64encode(meta.secret).decode()}} if DATABASE not in there else {}
    for row in connection.execute(select(STUDIES)):
        if (name := f"studies/{row.name}.json") not in there:
            files[name] = json.loads(row.plan)
        if row.state != _last(row.name, there)[1]:
            files[f"states/{row.name}/{_last(row.name, there)[0] + 1:06d}-{row.state}.json"] = {"state": row.state}
    return {name: _bytes(content) for name, content in (files | _answers(connection, there)).items()}


def _answers(connection: Connection, there: Collection[str]) -> dict[str, Any]:
    same = [ANSWERS.c[name] == TURNS.c[name] for name in ("study", "participant", "pair", "kind")]
    agreed = [ANSWERS.c[name] == CONSENTS.c[name] for name in ("study", "participant")]
    found = select(ANSWERS, TURNS, CONSENTS).join(TURNS, and_(*same)).join(CONSENTS, and_(*agreed))
    files = {}
    for mapping in connection.execute(found.set_label_style(LABEL_STYLE_TABLENAME_PLUS_COL)).mappings():
        row = {str(name): value for name, value in mapping.items()}
        answer, turn = _part(row, "answers"), _part(row, "turns")
        name = "answers/{study}/{participant}-{kind}-{pair}-{revision}.json".format(**answer)
        if name not in there:
            consent = _part(row, "consents")
            files[name] = {"answer": answer, "turn": turn, "consent": consent["consent"], "given": consent["given"]}
    return files


def restore(store: AnswerStore, files: Mapping[str, bytes]) -> None:
    """Take in what the copies have and the database lacks; a file that is no copy is left out, and logged.

    Raises:
        UserError: if the database cannot be written, or has studies and is not the one that was copied.
    """
    if DATABASE in files:
        _become(store, _Identity.model_validate_json(files[DATABASE]))
    with store.opened(writes=True) as answers:
        known = {study.name for study in listed(answers.connection)}
        for name in sorted(files):
            try:
                _take(answers, name, files, known)
            except (UserError, ValidationError, ValueError) as error:
                log.warning("the copy %s is left out: %s", name, str(error).splitlines()[0])


def _become(store: AnswerStore, copied: _Identity) -> None:
    """Give a new database the identity of the one that was copied: participants' tokens and codes stay good."""
    with store.opened(writes=True) as answers:
        own = answers.connection.execute(select(META)).one()
        if own.id == copied.id:
            return
        if listed(answers.connection):
            raise UserError(f"the copies are of another database than {store.path}: name another data set, or another database")
        answers.connection.execute(update(META).values(id=copied.id, secret=base64.b64decode(copied.secret)))
    store.make()  # it knows itself again


def _take(answers: Answers, name: str, files: Mapping[str, bytes], known: Collection[str]) -> None:
    kind, _, rest = name.partition("/")
    if kind == "studies" and (study := from_json(files[name].decode())).name not in known:
        create_study(answers.connection, study, _last(study.name, files)[1] or "draft")
    elif kind == "answers" and rest:
        kept = TypeAdapter(_Kept).validate_json(files[name])
        answers.agree(kept.answer.study, kept.answer.participant, kept.consent, kept.given)
        answers.add(kept.answer)
        answers.take_turn(kept.turn)


def _last(study: str, names: Collection[str]) -> tuple[int, State | None]:
    """How many states of a study there are, and the last one."""
    states = sorted(name.rsplit("/", 1)[1].removesuffix(".json") for name in names if name.startswith(f"states/{study}/"))
    if not states:
        return 0, None
    number, _, state = states[-1].partition("-")
    return int(number), TypeAdapter(State).validate_python(state)


def _part(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    return {name.removeprefix(f"{table}_"): value for name, value in row.items() if name.startswith(f"{table}_")}


def _bytes(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
