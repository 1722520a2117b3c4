"""The handlers of a running explorer, and calls of them: one that waits in line is listened to until it is done."""

import json
from collections import Counter
from typing import Any

from tests.attacks.replies import findings, findings_in
from tests.serving import Served

Handler = dict[str, Any]  # as the page knows it
Part = dict[str, Any]


def handlers_of(site: Served) -> list[tuple[Handler, list[Part]]]:
    """Those that take anything, and the parts that they take it from."""
    parts = site.parts()
    return [(each, [parts[part] for part in each["inputs"]]) for each in site.handlers() if each["inputs"]]


def usual(part: Part) -> object:
    """A value that an endpoint of the API takes: its default, or 1 where it has none."""
    value = part["props"].get("value")
    return 1 if value is None else value


def call(site: Served, handler: Handler, data: list[object], counts: Counter[str], query: str = "") -> str:
    """Call a handler, and give all that it says; into `counts` goes what no reply may hold, and `turned_away`."""
    session = f"attack-{handler['id']}"  # one for all: new ones may come four a second
    if not handler["queue"]:
        body = {"data": data, "event_data": None, "fn_index": handler["id"], "trigger_id": None, "session_hash": session}
        reply = site.client.post(f"/gradio_api/run/predict?{query}", content=json.dumps(body).encode())  # with NaN, too
        counts.update(findings(reply, site))
        return reply.text
    reply = site.join(handler["id"], data, session, query)
    counts.update(findings(reply, site))
    counts["turned_away"] += reply.status_code == 429
    messages = "".join(map(str, site.listen(session))) if reply.status_code == 200 else ""
    counts.update(findings_in(messages, site))
    return messages
