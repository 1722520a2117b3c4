"""Upload a Space in one commit, and put it onto its hardware."""

import warnings
from typing import TYPE_CHECKING

from explorer.atlas.portable.hub import told
from explorer.errors import UserError
from precompute.sharing.space import Space

if TYPE_CHECKING:
    from huggingface_hub import HfApi, SpaceHardware

SPACE, SDK = "space", "gradio"  # as the Hub calls them
OURS = "explorer/__main__.py"  # what tells a Space of Monoscope from others
_OF_THE_HUB = (".gitattributes", "README.md", "app.py", "requirements.txt")


def upload_space(made: Space, name: str, *, private: bool) -> str:
    """Make the Space, or bring it up to date; gives a sentence that says where it is.

    A new one is private until its files are there.

    Raises:
        HubError: if there is no token, it may not write there, the name is taken by another Space, or the upload breaks off.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, SpaceHardware

    api, hardware = HfApi(), SpaceHardware(made.hardware.name)
    with told(f"publish --space {name}"):
        api.whoami()
        there = _there(api, name)
        if there is None:
            api.create_repo(name, repo_type=SPACE, space_sdk=SDK, space_hardware=hardware, private=True)
        files = [CommitOperationAdd(path, file) for path, file in made.files.items()]
        texts = [CommitOperationAdd(path, text.encode()) for path, text in made.texts.items()]
        wanted = {operation.path_in_repo for operation in (*files, *texts)}
        gone = [CommitOperationDelete(path) for path in there or [] if path not in wanted and path not in _OF_THE_HUB]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that tables belong into data sets: these are what the Space shows
            commit = api.create_commit(name, [*files, *texts, *gone], commit_message="Monoscope", repo_type=SPACE)
        _settle(api, name, hardware, new=OURS not in (there or []), private=private)
    return f"Space {name} is at {commit.oid[:12]}, on {made.hardware.name}; the Hub builds it now"


def _there(api: "HfApi", name: str) -> list[str] | None:
    """The files of the Space; None if there is none.

    Raises:
        UserError: if it is another Space.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        files = api.list_repo_files(name, repo_type=SPACE)
    except RepositoryNotFoundError:
        return None
    if OURS not in files and set(files) - set(_OF_THE_HUB):
        raise UserError(f"publish --space {name}: that name is taken by another Space; choose another one")
    return files


def _settle(api: "HfApi", name: str, hardware: "SpaceHardware", *, new: bool, private: bool) -> None:
    """Show a new Space, and move one that was there onto its hardware."""
    if new and not private:
        api.update_repo_settings(name, repo_type=SPACE, private=False)
    if not new:
        api.request_space_hardware(name, hardware)
