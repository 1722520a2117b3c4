"""The log, on standard error: text for people, or JSON for programs, a line an event.

Neither holds a visitor's address, prompt, picture or answer; `tests/explorer/ui/test_observed.py` looks for them.
"""

import json
import logging
from datetime import UTC, datetime

_MORE = ("route", "method", "status", "ms")  # what the line of a request tells besides


class JsonLines(logging.Formatter):
    """`{"time": …, "level": …, "logger": …, "message": …}`, and what an event tells besides; a traceback is one text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _MORE if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def begin_logging(as_json: bool) -> None:
    """Let the log begin: warnings as text, or as JSON with a line a request."""
    if not as_json:
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler])
    logging.getLogger("explorer").setLevel(logging.INFO)
