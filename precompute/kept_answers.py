"""Answers that are made once: a file of JSON lines, one an answer, that a run after a kill reads back."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=tuple[Any, ...])


class KeptAnswers(Generic[Key]):
    """Answers by key, in memory and in a file, to which a line `[key, answer]` is added for each new one.

    Args:
        file: made with its directory when the first answer is kept; a last line that a kill has cut off is taken away.
        key: makes a key of the values in its JSON list.
    """

    def __init__(self, file: Path, key: Callable[..., Key]) -> None:
        self.file = file
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True) if file.is_file() else []
        whole = [line for line in lines if line.endswith("\n")]
        if len(whole) < len(lines):  # else the next answer would be added to the half of a line
            file.write_text("".join(whole), encoding="utf-8")
        self._answers: dict[Key, Any] = {key(*values): answer for values, answer in map(json.loads, whole)}

    def __getitem__(self, key: Key) -> Any:
        return self._answers[key]

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """The different keys that have no answer yet, in order."""
        return [key for key in dict.fromkeys(keys) if key not in self._answers]

    def keep(self, answers: Iterable[tuple[Key, Any]]) -> None:
        """Keep answers, in memory and at the end of the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("a", encoding="utf-8") as file:
            for key, answer in answers:
                self._answers[key] = answer
                file.write(json.dumps([key, answer], ensure_ascii=False) + "\n")
