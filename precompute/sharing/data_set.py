"""Atlases → a data set of the Hub: one commit with all files of all atlases, or none.

Large files are uploaded before the commit names them, and those that are there already are not uploaded again: broken off, the
same command goes on. A new data set is private until its first commit is there.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from explorer.atlas.integrity import file_info
from explorer.atlas.portable.contents import Whole, whole_atlas
from explorer.atlas.portable.hub import HubAtlases, told
from explorer.atlas.portable.pull import DATASET
from explorer.atlas.portable.source import atlas_names
from explorer.errors import UserError
from precompute.sharing.card import card

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

CARD = "README.md"
_OF_THE_HUB = (".gitattributes", CARD)
_PART = re.compile(r"^[^/]+/part-[0-9a-f]{16}\.parquet$")


class DataSet(NamedTuple):
    """What is to be in a data set."""

    repository: str
    files: dict[str, Path]
    card: str


def data_set(repository: str, directories: Sequence[Path], license: str, note: str) -> DataSet:
    """The files of atlases, all read and found whole, and their card.

    Raises:
        UserError: if one is not whole, or two of them cannot lie in one directory.
    """
    wholes = [whole_atlas(directory) for directory in directories]
    return DataSet(repository, _together(wholes), card(repository, wholes, license, note))


def _together(wholes: Sequence[Whole]) -> dict[str, Path]:
    names = [whole.manifest.name for whole in wholes] + sorted({whole.manifest.image_store for whole in wholes})
    if len({name.lower() for name in names}) < len(names):
        raise UserError(f"atlases {', '.join(names)}: two of them, or their image stores, have one name; publish them apart")
    files: dict[str, Path] = {}
    for whole in wholes:
        for path, file in whole.files.items():
            if path in files and file_info(files[path]) != file_info(file):
                raise UserError(f"{file} and {files[path]} are two files of one name; publish their atlases apart")
            files[path] = file
    return files


def upload(data: DataSet, *, private: bool) -> HubAtlases:
    """Make the data set, or bring it up to date, in one commit; gives the name of what is there now.

    Raises:
        HubError: if there is no token, it may not write there, the name is taken by something else, or the upload breaks off.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    with told(f"publish {data.repository}"):
        api.whoami()
        there = _there(api, data.repository)
        if there is None:
            api.create_repo(data.repository, repo_type=DATASET, private=True)
        commit = api.create_commit(
            data.repository,
            [*_additions(data), *_removals(data, there or [])],
            commit_message=f"Atlases {', '.join(atlas_names(data.files))}, by Monoscope",
            repo_type=DATASET,
        )
        if not atlas_names(there or []) and not private:
            api.update_repo_settings(data.repository, repo_type=DATASET, private=False)
    return HubAtlases(data.repository, commit.oid)


def _there(api: "HfApi", repository: str) -> list[str] | None:
    """The files of the data set; None if there is none.

    Raises:
        UserError: if it holds something else than atlases.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        files = api.list_repo_files(repository, repo_type=DATASET)
    except RepositoryNotFoundError:
        return None
    if not atlas_names(files) and set(files) - set(_OF_THE_HUB):
        raise UserError(f"publish {repository}: that name is taken by a data set without atlases; choose another one")
    return files


def _additions(data: DataSet) -> "list[CommitOperationAdd]":
    from huggingface_hub import CommitOperationAdd

    files = [CommitOperationAdd(path, file) for path, file in data.files.items()]
    return [*files, CommitOperationAdd(CARD, data.card.encode())]


def _removals(data: DataSet, there: Sequence[str]) -> "list[CommitOperationDelete]":
    """Files of atlases, and parts of image stores, that were there and are no longer; whatever else is there stays."""
    from huggingface_hub import CommitOperationDelete

    atlases = set(atlas_names(there))
    gone = [path for path in there if path not in data.files]
    return [CommitOperationDelete(path) for path in gone if path.split("/")[0] in atlases or _PART.search(path)]
