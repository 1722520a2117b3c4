"""The record of a stage's directory: its request, whether it is finished, and its results.

`started.json` (the request) is written first and `stage.json` (the request and the results) last. So a directory says by itself
whether a run may use it: the same request, finished → nothing to do; the same, unfinished → resume; another → refuse.
"""

import hashlib
import json
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from explorer import __version__
from explorer.errors import UserError
from precompute.atomic_files import write_json

STARTED, FINISHED = "started.json", "stage.json"
_LIBRARIES = ("torch", "transformers", "open_clip_torch", "faiss-cpu", "numpy", "pillow")


def versions() -> dict[str, str]:
    """Return the versions of the libraries that results depend on."""
    installed = {"monoscope": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def request_key(request: dict[str, Any]) -> str:
    """Return a short hash of a request; equal requests have equal hashes."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:12]


def stage_directory(work: Path, stage: str, request: dict[str, Any]) -> Path:
    """Return the directory in `work` that holds a stage with this request, or else a new one, named by the request's hash."""
    own = work / f"{stage}-{request_key(request)}"
    if own.exists():
        return own
    wanted = _normal(stage, request)
    for directory in sorted(work.glob(f"{stage}-*")):  # earlier versions named some directories by other hashes
        record = _read(directory / FINISHED) or _read(directory / STARTED)
        if record is not None and _same(record, wanted):
            return directory
    return own


def begin(directory: Path, stage: str, request: dict[str, Any], *, force: bool = False) -> bool:
    """Prepare a stage's directory; True if there is work to do, False if this very request is finished there.

    Raises:
        UserError: if the directory holds another request's work, or something else, and `force` is not set.
    """
    wanted = _normal(stage, request)
    record = _read(directory / FINISHED) or _read(directory / STARTED)
    if force and record is not None:
        shutil.rmtree(directory)
        record = None
    if record is None and directory.exists() and any(directory.iterdir()):
        raise UserError(f"--out {directory}: not empty, and not a stage's directory; name a new one")
    if record is not None and not _same(record, wanted):
        changed = ", ".join(_differences(record, wanted)) or "stage"
        raise UserError(
            f"--out {directory}: holds a {record.get('stage')} of other settings ({changed}); name another or add --force"
        )
    if record is not None and "result" in record:
        return False
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / STARTED, wanted)
    return True


def finish(directory: Path, result: dict[str, Any]) -> None:
    """Record the results; the stage is finished from now on."""
    started = _read(directory / STARTED) or {}
    write_json(directory / FINISHED, started | {"result": result, "versions": versions()})
    (directory / STARTED).unlink(missing_ok=True)


def finished(directory: Path, stage: str) -> dict[str, Any]:
    """Return the record of a finished stage: `request`, `result`, `versions`.

    Raises:
        UserError: if the directory is not a finished stage of that name.
    """
    record = _read(directory / FINISHED)
    if record is None:
        started = (directory / STARTED).is_file()
        raise UserError(f"{directory} {'is unfinished: run it again to go on' if started else f'is not the output of `{stage}`'}")
    if record.get("stage") != stage:
        raise UserError(f"{directory} is the output of `{record.get('stage')}`, needed is that of `{stage}`")
    return record


def _normal(stage: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request as JSON gives it back."""
    return {"stage": stage, "request": json.loads(json.dumps(request))}


def _same(record: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return {name: record.get(name) for name in wanted} == wanted


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _differences(record: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    before, now = record.get("request", {}), wanted["request"]
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
