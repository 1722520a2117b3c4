"""The Hugging Face Hub, asked once whether it answers: its client tries for 25 s to reach one that is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 5  # seconds for an answer


@contextmanager
def hub(source: str) -> Iterator[None]:
    """Inside the block the Hub is not asked if it is away: what is on this machine loads, all else is an error at once.

    The client looks at HF_HUB_OFFLINE before each request, so setting it here is what the environment variable does at the start.

    Args:
        source: what is to be loaded; a file or directory of that name needs no Hub.
    """
    from huggingface_hub import constants

    offline = constants.HF_HUB_OFFLINE
    if not offline and not Path(source).exists():
        constants.HF_HUB_OFFLINE = _away(constants.ENDPOINT)
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = offline


def _away(endpoint: str) -> bool:
    from huggingface_hub import get_session

    try:
        get_session().head(endpoint, timeout=PATIENCE)
    except Exception:  # whatever the client's library raises: no name, no route, no answer in time, a broken certificate
        return True
    return False
