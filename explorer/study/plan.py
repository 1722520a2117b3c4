"""A study as JSON: its pairs, its rules and the fingerprints of its atlases; exported, imported, and kept in the database."""

import json
import re
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.errors import UserError
from explorer.study.design import Pair, Rules, Study

FORMAT = "monoscope-study-1"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def to_json(study: Study) -> str:
    """The study, readable by `from_json`."""
    return json.dumps({"format": FORMAT, **asdict(study), "atlases": dict(study.atlases)}, ensure_ascii=False, indent=1)


def from_json(text: str) -> Study:
    """The study in a JSON text.

    Raises:
        UserError: naming what is missing or wrong.
    """
    try:
        found: dict[str, Any] = json.loads(text)
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise UserError(f"the study's file is not of the format {FORMAT}: write one with the command plan")
        study = TypeAdapter(Study).validate_python(found)
    except (ValueError, RecursionError, ValidationError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"the study's file cannot be read: {_first(error)}; write one with the command plan") from error
    return checked(study)


def checked(study: Study) -> Study:
    """The study, if it can be run.

    Raises:
        UserError: naming what is wrong with it.
    """
    rules, named = study.rules, {side.atlas for pair in study.pairs for side in (pair.first, pair.second)}
    wrong = {
        f"its name {study.name[:50]!r} is not of small letters, digits and hyphens, 40 at most": NAME.fullmatch(study.name),
        "it has no pairs to ask": study.of_kind("pair"),
        "its pairs are not numbered from 0 on": [pair.number for pair in study.pairs] == list(range(len(study.pairs))),
        "a pair has an MS that is not between -1 and 1": all(_fits(pair) for pair in study.pairs),
        "an atlas of its pairs has no fingerprint": named <= set(study.atlases),
        "answers and each are to be 1 or more, repeats 0 or more": _in_bounds(rules),
        f"its consent {rules.consent[:50]!r} is no name of a text": NAME.fullmatch(rules.consent),
    }
    problem = next((sentence for sentence, fine in wrong.items() if not fine), None)
    if problem:
        raise UserError(f"the study cannot be run: {problem}; correct it and try again")
    return study


def _in_bounds(rules: Rules) -> bool:
    return (rules.answers is None or rules.answers > 0) and rules.each > 0 and rules.repeats >= 0


def _fits(pair: Pair) -> bool:
    return all(-1 <= side.ms <= 1 and side.neuron >= 0 for side in (pair.first, pair.second))


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
    return str(error)
