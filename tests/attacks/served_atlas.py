"""An atlas's files damaged while it is served: every page and thumbnail is asked for over HTTP after every damage."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.attacks.atlas_files import ATTACKED, BESIDE, files_of, make_world, put_back
from tests.attacks.replies import findings
from tests.serving import Served, served

MORE = (("/search", "&q=red"), ("/compare", ""), ("/map", ""), ("/report", ""))
PAGES = (("/", ""), ("/neuron", "&id=3"), ("/neuron", "&id=3&band=q50"), ("/image", ""), ("/steer", ""), ("/study", ""), *MORE)


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGES: dict[str, Callable[[Path], None]] = {"deleted": Path.unlink, "truncated": _truncated, "flipped": _flipped}


def damage_while_served(root: Path) -> Counter[str]:
    """Counts of what no reply may hold, and `library_deaths`: replies in which the atlas beside the damaged one is not shown."""
    found = Counter(server_errors=0, tracebacks=0, paths_shown=0, library_deaths=0)
    directory = make_world(root)
    with served(root) as site:
        thumbs = _thumbnails(site)
        for path in files_of(directory):
            for damage in DAMAGES.values():
                with put_back(path):
                    damage(path)
                    found.update(_look(site, thumbs))
        found["tracebacks"] += site.log.count("Traceback")
    return found


def _thumbnails(site: Served) -> list[str]:
    return sorted(set(re.findall(r"thumbs/[\w./-]+\.webp", site.load("/", f"atlas={ATTACKED}&images=0"))))


def _look(site: Served, thumbs: list[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for page, query in PAGES:
        reply = site.call(site.event(page, "load"), f"atlas={ATTACKED}{query}")
        found.update(findings(reply, site))
    found["library_deaths"] += "data-neuron" not in site.load("/", f"atlas={BESIDE}")
    for thumb in thumbs:
        found.update(findings(site.client.get(f"/{thumb}"), site))
    return found
