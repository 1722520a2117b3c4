"""Atlases of the Hub that an explorer shows, `hub:USER/NAME@REVISION`: pulled into the cache of this machine once a revision.

A commit that is there is used without asking the Hub. A tag or branch is looked up at every start; where the Hub is away, what it
was at the last start is shown.
"""

import logging
from pathlib import Path
from urllib.parse import quote

from explorer.atlas.portable.hub import HubAtlases, HubError
from explorer.atlas.portable.pull import Commit, commit_of, pull

COMPLETE = ".complete"  # in the directory of a commit, written last
log = logging.getLogger(__name__)


def at_hand(atlases: HubAtlases) -> Path:
    """The directory that holds the atlases of a revision; they are pulled if they are not there.

    Raises:
        UserError: if they are not there and cannot be pulled.
    """
    known = _known(atlases)
    if known is not None and atlases.fixed:
        return known
    try:
        commit = commit_of(atlases)
    except HubError as error:
        if known is None:
            raise
        log.warning("%s; what it was at the last start is shown", error)
        return known
    return _pulled(atlases, commit)


def _pulled(atlases: HubAtlases, commit: Commit) -> Path:
    directory = _directory(atlases, commit.id)
    if not (directory / COMPLETE).is_file():
        pull(atlases._replace(revision=commit.id), directory, commit=commit)
        (directory / COMPLETE).touch()
    _record(atlases).write_text(commit.id, encoding="ascii")
    return directory


def _known(atlases: HubAtlases) -> Path | None:
    """Where the revision was pulled to, as far as is known here."""
    record = _record(atlases)
    commit = atlases.revision if atlases.fixed else record.read_text(encoding="ascii") if record.is_file() else ""
    directory = _directory(atlases, commit) if commit else None
    return directory if directory is not None and (directory / COMPLETE).is_file() else None


def _directory(atlases: HubAtlases, commit: str) -> Path:
    from huggingface_hub import cached_assets_path

    return cached_assets_path("monoscope", namespace=atlases.repository, subfolder=commit)


def _record(atlases: HubAtlases) -> Path:
    """The file that holds the commit that a tag or branch was."""
    return _directory(atlases, "revisions") / quote(atlases.revision, safe="")
