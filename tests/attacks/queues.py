"""Jobs that are asked for and then left: how long a visitor waits who comes after them."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.serving import Served

LINE_S = 0.3  # of a slow line


def steer_handler(site: Served) -> int:
    """The number of the handler that answers on the Steer page."""
    parts = site.parts()
    queued = [h for h in site.handlers() if h["queue"] and [parts[part]["type"] for part in h["inputs"]] == ["state"]]
    return queued[0]["id"]


def answered(site: Served, query: str = "", line_s: float = 0.0) -> float:
    """Seconds that a visitor of the Steer page waits for the whole answer.

    Args:
        line_s: that pass between asking and listening.

    Raises:
        AssertionError: if there is none.
    """
    session, begun = secrets.token_hex(6), time.perf_counter()
    assert site.join(steer_handler(site), [None], session, query).status_code == 200
    time.sleep(line_s)
    told = site.listen(session)
    assert any(message["msg"] == "process_completed" and message["success"] for message in told), told
    return time.perf_counter() - begun


def abandoned(site: Served, joins: int) -> dict[str, float]:
    """Ask for so many answers without ever listening, each from a session of its own; be a visitor meanwhile, and afterwards.

    Gives `abandoned_delay_s`: by how much longer the visitor, who comes from another address over a slow line, waits than before.
    """
    handler = steer_handler(site)
    with site.seen_from("127.0.0.9") as elsewhere, ThreadPoolExecutor(8) as pool:
        answered(elsewhere)
        alone = min(answered(elsewhere, f"seed={n}&temperature=0.7", LINE_S) for n in range(3))

        def join(number: int) -> int:
            body: dict[str, Any] = {"data": [None], "event_data": None, "fn_index": handler, "trigger_id": None}
            query = {"seed": number, "temperature": 1.5, "length": 96}
            asked = body | {"session_hash": secrets.token_hex(6)}
            return site.client.post("/gradio_api/queue/join", params=query, json=asked).status_code

        flood = pool.map(join, range(joins))
        during = answered(elsewhere, "seed=76&temperature=0.7", LINE_S)
        list(flood)
        after = answered(elsewhere, "seed=77&temperature=0.7", LINE_S)
    return {"abandoned_delay_s": round(max(0.0, during - alone, after - alone), 2)}
