"""Copying: answers to a private data set of the Hugging Face Hub, again and again until they are there; and back at the start."""

import logging
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.atlas.portable.hub import check_repository, told
from explorer.errors import UserError, VisitorError
from explorer.study.copies import restore, wanted
from explorer.study.store import AnswerStore

if TYPE_CHECKING:
    from huggingface_hub import HfApi

EVERY = 30.0  # seconds between two commits: the Hub takes some hundred an hour
LONGEST = 300.0  # seconds until the next attempt, after several that failed
NOT_COPIED = "Your answers are kept, but not copied yet. Load this page again in some minutes to see your completion code."

log = logging.getLogger(__name__)


class Copying:
    """Copies a database to a data set, a commit for all that is new; several processes may do so at once.

    Args:
        store: what is copied.
        repository: USER/NAME; it is made, private, if there is none. The token is the Hub's client's: HF_TOKEN.

    Raises:
        UserError: if that is no name of a data set.
    """

    def __init__(self, store: AnswerStore, repository: str) -> None:
        self.store, self.repository = store, check_repository(repository)
        self._there: set[str] = set()
        self._guard = threading.Lock()

    def restore(self) -> None:
        """Make the database, with what the data set has of it.

        Raises:
            UserError: if the data set cannot be read, is public, or is of another database.
        """
        files = self._read()
        self.store.make()
        restore(self.store, files)
        self._there = set(files)

    def copy(self) -> int:
        """Copy what is new; gives how many files that were.

        Raises:
            UserError: if the Hub or the database cannot be reached.
        """
        with self._guard:
            with self.store.opened() as answers:
                new = wanted(answers.connection, self._there)
            if new:
                self._commit(new)
                self._there |= new.keys()
            return len(new)

    def settle(self) -> None:
        """Copy what is new before a participant is told that they are done.

        Raises:
            VisitorError: if it cannot be copied now.
        """
        try:
            self.copy()
        except UserError as error:
            log.warning("%s", error)
            raise VisitorError(NOT_COPIED) from error

    def keep_copying(self) -> threading.Thread:
        """Copy until the process ends, in a thread of its own."""
        thread = threading.Thread(target=self._run, name="copies", daemon=True)
        thread.start()
        return thread

    def end(self) -> None:
        """Copy what is new as the process ends; what cannot be copied is logged."""
        try:
            self.copy()
        except UserError as error:
            log.error("%s", error)

    def _run(self) -> None:
        wait = EVERY
        while True:
            time.sleep(wait)
            try:
                self.copy()
                wait = EVERY
            except UserError as error:
                if wait == EVERY:  # the first of a row
                    log.warning("%s", error)
                wait = min(2 * wait, LONGEST)

    def _read(self) -> dict[str, bytes]:
        api = _api()
        with told(f"the data set {self.repository} of answers"), tempfile.TemporaryDirectory() as made:
            if not api.repo_exists(self.repository, repo_type="dataset"):
                api.create_repo(self.repository, repo_type="dataset", private=True, exist_ok=True)
            if not api.dataset_info(self.repository).private:
                raise UserError(f"the data set {self.repository} is public: make it private, it is to hold participants' answers")
            api.snapshot_download(self.repository, repo_type="dataset", local_dir=made, allow_patterns="*.json")
            root = Path(made)
            return {
                path.relative_to(root).as_posix(): path.read_bytes()
                for path in root.rglob("*.json")
                if ".cache" not in path.relative_to(root).parts
            }

    def _commit(self, files: dict[str, bytes]) -> None:
        from huggingface_hub import CommitOperationAdd

        adding = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
        with told(f"the data set {self.repository} of answers"):
            _api().create_commit(self.repository, adding, commit_message=f"{len(adding)} files", repo_type="dataset")


def _api() -> "HfApi":
    from huggingface_hub import HfApi

    return HfApi()
