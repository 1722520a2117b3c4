"""Drafting: what a researcher asks for, from the command line or the browser, to a study's pairs."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.atlas.library import Library
from explorer.errors import UserError, VisitorError
from explorer.study.design import Rules, Study, design
from explorer.study.plan import NAME

MOST = 100_000
NO_PAIRS = (
    "no pairs can be drawn from {atlases}: too few neurons fire on 16 images each, or the atlases share no similarity encoder; "
    "name other atlases, or ask for fewer gold and practice pairs"
)
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrNone = Annotated[int, Field(ge=0, le=MOST)]


class Draft(BaseModel):
    """What is asked for; a study that is not there yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$", description="small letters, digits and hyphens, 40 at most")]
    atlases: tuple[str, ...] = ()  # all where none is named
    pairs: Count = 1000  # as in the paper
    answers: Count = 3
    each: Count = 40
    gold: CountOrNone = 2
    practice: CountOrNone = 2
    repeats: CountOrNone = 2
    neither: bool = True
    back: bool = False
    blind: bool = True
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0


def drafted(**asked: Any) -> Draft:
    """The draft with these fields.

    Raises:
        VisitorError: naming the first field that is wrong.
    """
    try:
        return Draft.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "the study"
        about = "asked for small letters, digits and hyphens, 40 at most" if field == "name" else first["msg"]
        raise VisitorError(f"{field}: {about}; correct it and try again.") from error


def names_in(text: object) -> tuple[str, ...]:
    """The names of atlases in a text, separated by commas or spaces."""
    return tuple(dict.fromkeys(re.split(r"[,\s]+", str(text or "")[:2000].strip()))) if str(text or "").strip() else ()


def drawn(draft: Draft, library: Library) -> Study:
    """The study, its pairs drawn.

    Raises:
        UserError: if an atlas is not in the library, or no pairs can be drawn.
    """
    names = draft.atlases or tuple(library.atlases)
    missing = [name for name in names if name not in library.atlases]
    if missing or not names:
        there = ", ".join(library.atlases) or "none"
        told = f"no atlas {', '.join(missing)[:200] or 'at all'}; there are: {there}"
        raise UserError(f"{told}. Set MONOSCOPE_ATLASES to where they are", told)
    rules = Rules(draft.answers, draft.each, draft.repeats, draft.neither, draft.back, draft.blind)
    atlases = [library.atlases[name] for name in dict.fromkeys(names)]
    study = design(atlases, draft.seed, draft.pairs, draft.name, rules, draft.gold, draft.practice)
    if not study.of_kind("pair"):
        told = NO_PAIRS.format(atlases=", ".join(names))
        raise UserError(told, told)
    return study
