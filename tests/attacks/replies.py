"""What no reply may hold: a server error, a traceback, a path of the host."""

import sys
from collections import Counter
from pathlib import Path

import httpx

from tests.serving import ROOT, Served


def findings(reply: httpx.Response, site: Served) -> Counter[str]:
    """What is wrong with a reply: counts of `server_errors`, `tracebacks` and `paths_shown`."""
    return Counter(server_errors=int(reply.status_code >= 500)) + findings_in(reply.text, site)


def findings_in(told: str, site: Served) -> Counter[str]:
    """The same of a text that a visitor reads."""
    places = {str(ROOT), str(site.scratch), sys.prefix, sys.base_prefix, str(Path.home() / "x")[:-1], "site-packages"} - {"/"}
    shown = any(place in told for place in places)
    return Counter(tracebacks=int("Traceback (most" in told), paths_shown=int(shown))
