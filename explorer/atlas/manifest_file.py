"""The manifest as a file: written whole, and checked against its own checksum before anything in it is believed."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.atlas.integrity import CheckedFiles, damage
from explorer.atlas.manifest import MANIFEST, NEURONS, READABLE, SCHEMA_VERSION, Manifest, without_best
from explorer.errors import UserError, repair_hint

CHECKSUM = "checksum"  # SHA-256 of all else, see `checksum`
PARTIAL = f"{MANIFEST}.partial"
FIRST_READABLE = READABLE[0]
LARGEST = 64 * 2**20  # bytes: ten thousand skipped pictures and a million parts of an image store


def checksum(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a manifest without its checksum: keys sorted, no spaces, ASCII."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest with its checksum, durably: what is renamed after it finds it whole."""
    content = manifest.model_dump(mode="json")
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content | {CHECKSUM: checksum(content)}, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(directory: Path) -> Manifest:
    """Read and check the manifest of the atlas in `directory`.

    Where `replace_neurons` was killed after it put the new table in place and before the manifest that belongs to it, that one
    is read.

    Raises:
        UserError: if there is none, it is of another schema version, or it is damaged.
    """
    waiting = directory / PARTIAL
    if not os.path.lexists(waiting):
        return _read(directory, MANIFEST)
    try:
        newer = _read(directory, PARTIAL)
        CheckedFiles(directory, newer.files, "").path(NEURONS)
    except UserError:
        return _read(directory, MANIFEST)  # killed before the new table was in place
    return newer


def read_content(directory: Path, name: str = MANIFEST) -> dict[str, Any]:
    """The JSON of a manifest of any version, unchecked but for its form.

    Raises:
        UserError: if there is none, or it is no JSON with a schema version.
    """
    try:
        status = os.lstat(directory / name)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise _damaged(directory, "is no regular file of less than 64 MB")
        content = json.loads((directory / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(directory) from error
    except UserError:
        raise
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, a number of 5,000 digits
        raise _damaged(directory, "is damaged: it is no JSON") from error
    if not isinstance(content, dict) or type(content.get("schema_version")) is not int:
        raise _damaged(directory, "is damaged: it has no schema_version")
    return content


def first_error(error: ValidationError) -> str:
    """What is wrong with a manifest, in a few words."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"[:300]


def _read(directory: Path, name: str) -> Manifest:
    content = read_content(directory, name)
    version = content["schema_version"]
    _require_version(directory, version)
    try:
        if content.pop(CHECKSUM, None) != checksum(content):
            raise _damaged(directory, "is damaged: its content does not have its checksum")
        manifest = Manifest.model_validate(content | {"schema_version": SCHEMA_VERSION})
        if version > FIRST_READABLE:
            return manifest
        return manifest.model_copy(update={"metrics": without_best(manifest.metrics)})
    except ValidationError as error:
        what = f"its {MANIFEST} is damaged ({first_error(error)}); {repair_hint(directory)}"
        raise UserError(f"atlas {directory}: {what}", _damaged(directory, "says what cannot be").public) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, UserError):
            raise
        raise _damaged(directory, f"is damaged ({type(error).__name__})") from error


def _require_version(directory: Path, version: int) -> None:
    if version in READABLE:
        return
    how = f"run `python -m precompute upgrade {directory}`" if version == 2 else "build it again with this Monoscope"
    how = "update Monoscope" if version > SCHEMA_VERSION else how
    what = f"has schema version {version}, this Monoscope reads versions {FIRST_READABLE} to {SCHEMA_VERSION}"
    raise UserError(
        f"atlas {directory} {what}: {how}", f"Atlas {directory.name} {what}; whoever runs this Monoscope can put it right."
    )


def _damaged(directory: Path, what: str) -> UserError:
    return damage(directory, f"atlas {directory.name}", f"{MANIFEST} {what}", repair_hint(directory))


def _unreadable(directory: Path) -> UserError:
    name = f"atlas {directory.name}"
    if not directory.is_dir():
        how = "give the directory that `precompute atlas --out` wrote"
        return damage(directory, name, "there is no such directory", how)
    return damage(directory, name, f"no readable {MANIFEST}, so it is not an atlas or was not finished", "run its build again")
