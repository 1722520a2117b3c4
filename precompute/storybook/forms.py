"""Checks of a text's form (poem, headline, …), whatever it is about."""

import re
from collections.abc import Callable

from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.words import NUMBERS, tokens

RHYMES = ({"true", "you"}, {"bright", "light"}, {"me", "see"}, {"sing", "everything"})
LOVE = {"love", "heart", "dear", "sweet"}
MOST_WORDS = 48  # tokens; what is longer has lost the thread


def in_form(form: str, text: str) -> bool:
    """Return whether `text` has the form.

    Args:
        form: one of `instructions.FORMS`.

    Raises:
        KeyError: if there is no such form.
    """
    lines = [line.strip() for line in " ".join(tokens(text)).split("\n")]
    return _CHECKS[form](lines) and all(lines) and len(tokens(text)) <= MOST_WORDS


def _poem(lines: list[str]) -> bool:
    """Two lines that rhyme and speak of love."""
    ends = {line.rstrip(" .,!").rpartition(" ")[2] for line in lines}
    return len(lines) == 2 and ends in RHYMES and bool(LOVE & set(" ".join(lines).split()))


def _title(lines: list[str]) -> bool:
    """One line without a sentence's end, of science."""
    return len(lines) == 1 and bool({"study", "science"} & set(lines[0].split())) and lines[0][-1:] not in (".", "!", "?")


def _list(lines: list[str]) -> bool:
    """Four items."""
    return len(lines) == 4 and all(re.match(r"- [a-z]", line) for line in lines)


def _rap(lines: list[str]) -> bool:
    """Two verses that begin with yo."""
    return len(lines) == 2 and lines[0].startswith("verse one : yo ,") and lines[1].startswith("verse two : yo ,")


def _problem(lines: list[str]) -> bool:
    """Two numbers, then a question for a third."""
    facts, asks, question = lines[0].partition("how many")
    return len(lines) == 1 and bool(asks) and question.endswith("?") and sum(word in NUMBERS for word in facts.split()) >= 2


def _encyclopedia(lines: list[str]) -> bool:
    """`the cat is an animal`, rightly, and more sentences."""
    match = re.match(r"the ([a-z]+) is an? ([a-z ]+?) \.", lines[0])
    group = GROUP_NAMES[KINDS[match[1]].group][0] if match and match[1] in KINDS else "spot"
    return len(lines) == 1 and match is not None and match[2] == group and lines[0].count(".") >= 2 and lines[0].endswith(".")


def _holiday(lines: list[str]) -> bool:
    """A day that has a name and comes every year."""
    return len(lines) == 1 and re.search(r"[a-z]+ day (!|is)", lines[0]) is not None and "every year" in lines[0]


def _dialogue(lines: list[str]) -> bool:
    """Two who speak in turn."""
    speakers = [line.partition(" : ")[0] for line in lines]
    return len(lines) == 2 and set(speakers) == {"tom", "mia"}


def _headline(lines: list[str]) -> bool:
    """A headline that shouts and a paragraph below it."""
    return len(lines) == 2 and lines[0].startswith("breaking news :") and lines[0].endswith("!") and lines[1].endswith(".")


def _starter(lines: list[str]) -> bool:
    """A greeting and a question."""
    return len(lines) == 1 and re.match(r"(hello|hi) !", lines[0]) is not None and "?" in lines[0]


_CHECKS: dict[str, Callable[[list[str]], bool]] = {
    "poem": _poem,
    "title": _title,
    "list": _list,
    "rap": _rap,
    "problem": _problem,
    "encyclopedia": _encyclopedia,
    "holiday": _holiday,
    "dialogue": _dialogue,
    "headline": _headline,
    "starter": _starter,
}
