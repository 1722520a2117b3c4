"""An open page of the explorer, as a browser holds it: its document, a session, a heartbeat, calls and jobs."""

import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from tests.bench.soak.ledger import Ledger
from tests.serving import Served


class OpenPage:
    """A page that is opened with the block, and left at its end.

    Args:
        site: as seen from the visitor's address.
        path: of the page, with its slash.
        ledger: notes how long its document took.
    """

    def __init__(self, site: Served, path: str, ledger: Ledger) -> None:
        self.site, self.path, self._ledger = site, path, ledger
        self._session, self._open = secrets.token_hex(6), ExitStack()

    def __enter__(self) -> "OpenPage":
        with self._ledger.timed("document"):
            reply = self.site.client.get(self.path)
            assert reply.status_code == 200, f"{self.path}: {reply.status_code}"
            assert "gradio_config" in reply.text, f"{self.path}: a document without its page"
        # Nobody reads a heartbeat: that it is open is all it says.
        heartbeat = self.site.client.stream("GET", f"/gradio_api/heartbeat/{self._session}", timeout=None)
        assert self._open.enter_context(heartbeat).status_code == 200
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def call(self, fn: int, query: str, data: Sequence[object] = ()) -> str:
        """All HTML that a handler outside the queue answers with."""
        reply = self.site.client.post(f"/gradio_api/run/predict?{query}", json=self._body(fn, data))
        assert reply.status_code == 200, f"{self.path}?{query}: {reply.status_code}"
        return _html(reply.json()["data"], f"{self.path}?{query}")

    def ask(self, fn: int, query: str, data: Sequence[object]) -> str:
        """All HTML that a job ends with."""
        reply = self.site.join(fn, list(data), self._session, query)
        assert reply.status_code == 200, f"{self.path}?{query}: {reply.status_code}"
        told = self.site.listen(self._session, 180)
        done = [message for message in told if message["msg"] == "process_completed"]
        assert done, f"{self.path}?{query}: no answer but {told[-1:]}"
        assert done[-1]["success"], f"{self.path}?{query}: {done[-1]}"
        return _html(done[-1]["output"]["data"], f"{self.path}?{query}")

    def _body(self, fn: int, data: Sequence[object]) -> dict[str, Any]:
        return {"data": list(data), "event_data": None, "fn_index": fn, "trigger_id": None, "session_hash": self._session}


def _html(data: list[Any], asked: str) -> str:
    html = "".join(part for part in data if isinstance(part, str))
    assert html, f"{asked}: an empty answer"
    before, notice, after = html.partition('class="notice"')
    assert not notice, f"{asked}: {before[-20:]}{notice}{after[:200]}"
    return html
