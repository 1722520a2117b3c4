"""A stage's directory: what was asked for, whether it is finished, and what came of it.

`started.json` (what was asked) is written first and `stage.json` (the same, with the results) last, so a directory tells by
itself whether a run may go on in it: finished by the same request → nothing to do; begun by the same → go on; else refuse.
"""

import hashlib
import json
import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from explorer import __version__
from explorer.errors import UserError

STARTED, FINISHED = "started.json", "stage.json"
_LIBRARIES = ("torch", "transformers", "open_clip_torch", "faiss-cpu", "numpy", "pillow")


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"monoscope": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def request_key(request: dict[str, Any]) -> str:
    """A short name for a request: equal requests, equal names."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:12]


def begin(directory: Path, stage: str, request: dict[str, Any], *, force: bool = False) -> bool:
    """Make a stage's directory ready; True if there is work to do, False if this very request is finished there.

    Raises:
        UserError: if the directory holds another request's work, or something else, and `force` is not set.
    """
    asked = {"stage": stage, "request": json.loads(json.dumps(request))}
    found = _read(directory / FINISHED) or _read(directory / STARTED)
    if force and found is not None:
        shutil.rmtree(directory)
        found = None
    if found is None and directory.exists() and any(directory.iterdir()):
        raise UserError(f"--out {directory}: not empty, and not a stage's directory; name a new one")
    if found is not None and {name: found.get(name) for name in asked} != asked:
        changed = ", ".join(_differences(found, asked)) or "stage"
        raise UserError(
            f"--out {directory}: holds a {found.get('stage')} of other settings ({changed}); name another or add --force"
        )
    if found is not None and "result" in found:
        return False
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / STARTED, asked)
    return True


def finish(directory: Path, result: dict[str, Any]) -> None:
    """Record the results; the stage is finished from now on."""
    asked = _read(directory / STARTED) or {}
    write_json(directory / FINISHED, asked | {"result": result, "versions": versions()})
    (directory / STARTED).unlink(missing_ok=True)


def finished(directory: Path, stage: str) -> dict[str, Any]:
    """The record of a finished stage: `request`, `result`, `versions`.

    Raises:
        UserError: if the directory is not a finished stage of that kind.
    """
    found = _read(directory / FINISHED)
    if found is None:
        what = "is unfinished: run it again to go on" if (directory / STARTED).is_file() else f"is not the output of `{stage}`"
        raise UserError(f"{directory} {what}")
    if found.get("stage") != stage:
        raise UserError(f"{directory} is the output of `{found.get('stage')}`, needed is that of `{stage}`")
    return found


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _differences(found: dict[str, Any], asked: dict[str, Any]) -> list[str]:
    before, now = found.get("request", {}), asked["request"]
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
