"""Atlases on the Hugging Face Hub: a data set that holds some, by name and revision; and what it means when the Hub refuses."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from explorer.errors import UserError

HUB = "hub:"
MAIN = "main"
PATIENCE = 10  # seconds for an answer
AWAY = "the Hub cannot be reached, or the connection broke off; the same command goes on from there"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REPOSITORY = re.compile(rf"{_NAME}/{_NAME}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,120}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class HubError(UserError):
    """What the Hub did not give or take. The message is for the operator; visitors read that some atlases are missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "Some atlases could not be fetched from the Hub; whoever runs this Monoscope can put it right.")


class HubAtlases(NamedTuple):
    """Which atlases: all of one revision of a data set."""

    repository: str  # USER/NAME
    revision: str = MAIN  # a commit, which never changes, a tag or a branch

    def __str__(self) -> str:
        return f"{HUB}{self.repository}@{self.revision}"

    @property
    def fixed(self) -> bool:
        """Whether the revision is a commit."""
        return bool(_COMMIT.fullmatch(self.revision))


def parse_hub(text: str) -> HubAtlases:
    """Read USER/NAME or USER/NAME@REVISION, with or without `hub:` before it.

    Raises:
        UserError: if it has another form.
    """
    repository, _, revision = text.removeprefix(HUB).partition("@")
    return HubAtlases(check_repository(repository, text), _checked(revision or MAIN, text))


def check_repository(name: str, given: str | None = None) -> str:
    """A name on the Hub, if it is one.

    Args:
        given: what was typed, for the message; the name if None.

    Raises:
        UserError: if it has another form than USER/NAME.
    """
    if not _REPOSITORY.fullmatch(name) or ".." in name or "--" in name:
        raise UserError(f"{given or name}: it is no name on the Hub; give USER/NAME, or USER/NAME@REVISION to pull")
    return name


def _checked(revision: str, given: str) -> str:
    if not _REVISION.fullmatch(revision) or ".." in revision or "//" in revision:
        raise UserError(f"{given}: {revision[:80]!r} is no revision; give a commit, a tag or a branch")
    return revision


@contextmanager
def told(what: str) -> Iterator[None]:
    """Whatever the Hub's client raises in the block is told as one sentence.

    Args:
        what: was asked for, to begin the sentence with.

    Raises:
        HubError: saying what was found, and what to do.
    """
    import httpx2

    try:
        yield
    except UserError:
        raise
    except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
        raise HubError(f"{what}: {_why(error)}") from error


def _why(error: Exception) -> str:
    """What was found and what to do; the client wraps some errors in others."""
    causes = [error]
    while (inner := causes[-1].__cause__ or causes[-1].__context__) is not None and len(causes) < 8:
        causes.append(inner)  # type: ignore[arg-type]  # what these libraries raise are exceptions
    if any(isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT) for cause in causes):
        return "the disk is full; make room, and the same command goes on"
    for cause in causes:
        if known := _known(cause):
            return known
    return f"it failed ({_first_line(error)}); the same command goes on from there"


def _known(error: BaseException) -> str | None:
    from huggingface_hub import errors

    for kind, sentence in (
        (errors.LocalTokenNotFoundError, "there is no token; run `hf auth login`, or set HF_TOKEN"),
        (errors.GatedRepoError, "its owner gives access to who asks for it; ask for it on its page"),
        (errors.RepositoryNotFoundError, "there is none of that name, or your token may not see it; correct the name"),
        (errors.RevisionNotFoundError, "there is no such revision; correct it, or leave it out for the newest"),
        (errors.LocalEntryNotFoundError, AWAY),  # it was not in the cache, and could not be downloaded
        (errors.EntryNotFoundError, "a file of it is not there; publish it again"),
        (errors.OfflineModeIsEnabled, "HF_HUB_OFFLINE is set; unset it"),
    ):
        if isinstance(error, kind):
            return sentence
    if not isinstance(error, errors.HfHubHTTPError):
        return _by_line(error)
    told_by_it = f" (“{_first_line(error.server_message)}”)" if error.server_message else ""
    return _by_status(error.response.status_code) + told_by_it


def _by_status(status: int) -> str:
    sentences = {
        401: "the Hub does not know your token; run `hf auth login`, or set another HF_TOKEN",
        403: "your token may not write there; use one with the right to write, or another name",
        409: "that name is taken; choose another one",
        413: "the Hub takes no file of that size; make a smaller atlas",
        429: "the Hub was asked too often; run the same command in some minutes",
    }
    return sentences.get(status, f"the Hub answered with HTTP {status}; the same command goes on from there")


def _by_line(error: BaseException) -> str | None:
    import httpx2

    return AWAY if isinstance(error, httpx2.TransportError) or "Consistency check failed" in str(error) else None


def _first_line(error: Exception | str) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
