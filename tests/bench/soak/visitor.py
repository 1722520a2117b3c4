"""A visitor of the soak: a person at one browser, with a loopback address of its own."""

import random
import re
import time

from tests.bench.soak.ledger import Ledger
from tests.bench.soak.page import OpenPage
from tests.serving import Served

EVENTS = {  # of the events that visitors cause: page, what fires it, whether it waits in line
    "browse": ("/", "load", False),
    "refresh": ("/", "input", False),
    "neuron": ("/neuron", "load", False),
    "image": ("/image", "load", False),
    "rank": ("/image", "input", True),
    "steer": ("/steer", "load", False),
    "answer": ("/steer", "load", True),
    "study": ("/study", "load", False),
}


class Visitor:
    """A person.

    Args:
        site: as seen from the person's address.
        number: draws what the person does.
        until: when the time is over, as `time.monotonic`.
        looks: seconds between two acts, least and most.
        ledger: takes what happens.
    """

    def __init__(self, site: Served, number: int, until: float, looks: tuple[float, float], ledger: Ledger) -> None:
        self.site, self.ledger, self.draw = site, ledger, random.Random(number)
        self._until, self._looks, self._seen = until, looks, set[str]()

    def stays(self) -> bool:
        """Think; whether there is time for another act."""
        time.sleep(max(0.0, min(self.draw.uniform(*self._looks), self._until - time.monotonic())))
        return time.monotonic() < self._until

    def open(self, path: str) -> OpenPage:
        return OpenPage(self.site, path, self.ledger)

    def event(self, name: str) -> int:
        return self.site.event(*EVENTS[name])

    def look(self, html: str, pattern: str = r"thumbs/[\w./-]+\.webp") -> None:
        """The pictures that the browser does not have yet."""
        found = set(re.findall(pattern, html))
        assert found, f"no pictures in {html[:200]}"
        for picture in sorted(found - self._seen):
            with self.ledger.timed("picture"):
                reply = self.site.client.get(f"/{picture}")
            assert reply.status_code == 200, f"{picture}: {reply.status_code}"
            assert reply.content[8:12] == b"WEBP", f"{picture}: no picture"
        self._seen |= found
