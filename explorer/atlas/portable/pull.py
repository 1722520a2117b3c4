"""Pull atlases from the Hub: manifests first, then what they list, through the Hub's cache; each put into place when it is whole.

A download that was broken off goes on where it was, and what the cache has is not downloaded again. Sizes are held against the
manifests before anything large is downloaded, SHA-256 after.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from explorer.atlas.integrity import file_info
from explorer.atlas.manifest import MANIFEST, Manifest
from explorer.atlas.manifest_file import LARGEST
from explorer.atlas.portable.contents import CURATED, listed
from explorer.atlas.portable.hub import PATIENCE, HubAtlases, HubError, told
from explorer.atlas.portable.install import install, read_from
from explorer.atlas.portable.source import atlas_names, check_sizes

if TYPE_CHECKING:
    from huggingface_hub import HfApi

DATASET = "dataset"  # what the Hub calls a place for such files


class Commit(NamedTuple):
    """One revision as the Hub tells it."""

    id: str
    sizes: dict[str, int]  # bytes of every file


class HubCopy:
    """The source that a revision is, as far as it has been downloaded."""

    def __init__(self, atlases: HubAtlases, commit: Commit, root: Path) -> None:
        self.name, self._commit, self.root = str(atlases), commit, root

    def sizes(self) -> dict[str, int]:
        return self._commit.sizes

    def open(self, path: str) -> BinaryIO:
        return (self.root / path).open("rb")


class Pulled(NamedTuple):
    """An atlas in its place."""

    name: str
    new: bool  # False: it was there already


def commit_of(atlases: HubAtlases) -> Commit:
    """Ask the Hub what a revision is.

    Raises:
        HubError: if there is none, it may not be seen, or the Hub cannot be reached.
    """
    from huggingface_hub import HfApi

    with told(str(atlases)):
        info = HfApi().dataset_info(atlases.repository, revision=atlases.revision, files_metadata=True, timeout=PATIENCE)
    return Commit(info.sha or "", {file.rfilename: file.size or 0 for file in info.siblings or []})


def pull(atlases: HubAtlases, directory: Path, *, commit: Commit | None = None, force: bool = False) -> list[Pulled]:
    """Put all atlases of a revision into `directory`, each when all of it was verified.

    Args:
        commit: what the revision is, if that was asked already.
        force: replace other atlases of the same names.

    Raises:
        UserError: if the revision has no atlas, one is damaged or of another schema version, or something else is in its place.
        HubError: if it cannot be downloaded.
    """
    from huggingface_hub import HfApi

    commit = commit or commit_of(atlases)
    names = atlas_names(commit.sizes)
    if not names:
        raise HubError(f"{atlases}: no atlas is in it; name a data set that `publish` made")
    with told(str(atlases)):
        copy = _fetch(HfApi(), atlases, commit, names)
        return [Pulled(name, install(copy, name, directory, force=force)) for name in names]


def _fetch(api: "HfApi", atlases: HubAtlases, commit: Commit, names: list[str]) -> HubCopy:
    """The manifests of a revision, and then the files that they list and no others, in the Hub's cache."""
    manifests = [f"{name}/{MANIFEST}" for name in names]
    for path in manifests:
        if commit.sizes[path] > LARGEST:
            raise HubError(f"{atlases}: {path} is larger than manifests are; it is no atlas")
    copy = HubCopy(atlases, commit, _downloaded(api, atlases, commit, manifests))
    with TemporaryDirectory() as directory:
        read = [read_from(copy, name, Path(directory)) for name in names]
    for manifest in read:
        check_sizes(copy, manifest)
    wanted = {path for manifest in read for path in (*listed(manifest), f"{manifest.name}/{CURATED}")}
    _downloaded(api, atlases, commit, sorted(wanted & commit.sizes.keys()))
    for manifest in read:
        _verify(copy, manifest)
    return copy


def _downloaded(api: "HfApi", atlases: HubAtlases, commit: Commit, paths: list[str]) -> Path:
    """The directory in the Hub's cache that has these files; names of atlases have no character that patterns know."""
    return Path(api.snapshot_download(atlases.repository, repo_type=DATASET, revision=commit.id, allow_patterns=paths))


def _verify(copy: HubCopy, manifest: Manifest) -> None:
    """Refuse a downloaded file that is not as listed; it leaves the cache, which would give it again."""
    for path, info in listed(manifest).items():
        blob = (copy.root / path).resolve()
        if file_info(blob) != info:
            blob.unlink()
            (copy.root / path).unlink(missing_ok=True)
            raise HubError(
                f"{copy.name}: {path} was downloaded and its SHA-256 is not what the manifest lists; run the same command again, "
                "and if it says so again, tell who published it"
            )
