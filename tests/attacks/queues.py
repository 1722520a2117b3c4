"""Jobs that are asked for and then left: how long a visitor waits who comes after them."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.serving import Served


def steer_handler(site: Served) -> int:
    """The number of the handler that answers on the Steer page."""
    types = site.components()
    queued = [h for h in site.handlers() if h["queue"] and [types[part] for part in h["inputs"]] == ["state"]]
    return queued[0]["id"]


def answered(site: Served, query: str = "") -> float:
    """Seconds that a visitor of the Steer page waits for the whole answer.

    Raises:
        AssertionError: if there is none.
    """
    session, begun = secrets.token_hex(6), time.perf_counter()
    assert site.join(steer_handler(site), [None], session, query).status_code == 200
    told = site.listen(session)
    assert any(message["msg"] == "process_completed" and message["success"] for message in told), told
    return time.perf_counter() - begun


def abandoned(site: Served, joins: int) -> dict[str, float]:
    """Ask for so many answers without ever listening, each from a session of its own; then come as a visitor.

    Gives `abandoned_delay_s`: by how much longer the visitor waits than before.
    """
    handler = steer_handler(site)
    answered(site)
    alone = min(answered(site, f"seed={n}&temperature=0.7") for n in range(3))
    with ThreadPoolExecutor(8) as pool:

        def join(number: int) -> int:
            body: dict[str, Any] = {"data": [None], "event_data": None, "fn_index": handler, "trigger_id": None}
            query = {"seed": number, "temperature": 1.5, "length": 96}
            return site.client.post(
                "/gradio_api/queue/join", params=query, json=body | {"session_hash": secrets.token_hex(6)}
            ).status_code

        list(pool.map(join, range(joins)))
    return {"abandoned_delay_s": round(max(0.0, answered(site, "seed=77&temperature=0.7") - alone), 2)}
