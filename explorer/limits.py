"""Limits: how much one visitor, and all together, may ask of the explorer. Each is an environment variable; README lists them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from explorer.errors import UserError


class Limit(NamedTuple):
    """What is told of one limit."""

    variable: str
    default: str
    what: str


def _limit(variable: str, default: int, largest: int, what: str, words: str = "") -> Any:
    """A field of `Limits`.

    Args:
        largest: value that is taken.
        words: for the default, where the number would say nothing.
    """
    told = {"largest": largest, "told": Limit(variable, words or f"{default:,}", what)}
    return field(default=default, metadata=told)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Whole numbers of at least 1; 0 is a default that stands for what the machine has."""

    upload_mb: int = _limit("MONOSCOPE_UPLOAD_MB", 20, 1000, "largest picture a visitor may send, in megabytes")
    uploads_mb: int = _limit(
        "MONOSCOPE_UPLOADS_MB",
        1000,
        10**6,
        "all visitors' pictures of one hour together, in megabytes; one visitor may send a tenth",
    )
    megapixels: int = _limit(
        "MONOSCOPE_MEGAPIXELS", 30, 170, "most pixels of such a picture, in millions; 10 MB of memory each while it is unpacked"
    )
    prompt: int = _limit("MONOSCOPE_PROMPT", 300, 2000, "longest prompt to a vision-language model, in characters")
    job_seconds: int = _limit("MONOSCOPE_JOB_SECONDS", 120, 10**5, "longest time that one answer of a model may take")
    page_jobs: int = _limit("MONOSCOPE_PAGE_JOBS", 8, 1000, "answers of models that one page may wait for at once")
    visitor_jobs: int = _limit("MONOSCOPE_VISITOR_JOBS", 64, 10**4, "the same of one address, behind which a class may sit")
    visitor_streams: int = _limit("MONOSCOPE_VISITOR_STREAMS", 256, 10**4, "open pages of one address")
    sessions: int = _limit("MONOSCOPE_SESSIONS", 64, 10**4, "pages that one address may open at once")
    sessions_a_second: int = _limit("MONOSCOPE_SESSIONS_A_SECOND", 4, 1000, "and how many a second after that")
    memory_gb: int = _limit(
        "MONOSCOPE_MEMORY_GB",
        0,
        10**4,
        "memory that models may take together, in gigabytes; the least recently used ones are unloaded beyond it",
        "three quarters of what there is",
    )

    @property
    def memory(self) -> int | None:
        """Bytes that models may take together; None: three quarters of what there is."""
        return self.memory_gb * 10**9 or None


DEFAULT = Limits()


def told() -> Iterator[Limit]:
    """Every limit, in order."""
    return (one.metadata["told"] for one in fields(Limits))


def limits_from(environment: Mapping[str, str]) -> dict[str, int]:
    """The limits of an environment, as keyword arguments of `Limits`.

    Raises:
        UserError: naming the variable that is not a number in its range.
    """
    return {
        one.name: whole_number(environment, (one.metadata["told"].variable,), getattr(DEFAULT, one.name), one.metadata["largest"])
        for one in fields(Limits)
    }


def whole_number(environment: Mapping[str, str], names: tuple[str, ...], default: int, largest: int) -> int:
    """The first of several variables that is set.

    Raises:
        UserError: naming the variable that is not a number from 1 to `largest`.
    """
    for name in names:
        text = environment.get(name, "").strip()
        if not text:
            continue
        if not text.isdecimal() or not 1 <= int(text) <= largest:
            raise UserError(f"{name}={text!r}: asked for a whole number from 1 to {largest:,}; correct or unset it")
        return int(text)
    return default
