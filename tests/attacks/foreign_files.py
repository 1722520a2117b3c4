"""Files that no visitor sent, named in the payload of every handler; and whether the app so much as opened one.

A FIFO tells that somebody opened it; files tell it by their access time, the web by a request that comes.
"""

import http.server
import os
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.attacks.handlers import call, handlers_of, usual
from tests.serving import Served

LONG_AGO = 946_684_800  # seconds: an access time before the change, so that the next access is written down
META = {"meta": {"_type": "gradio.FileData"}}


@contextmanager
def web_server() -> Iterator[tuple[str, list[str]]]:
    """A web server on loopback that would be fetched from, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/picture.png", asked
    server.shutdown()


@contextmanager
def hostile_names(site: Served, web: str) -> Iterator[dict[str, str]]:
    """Names that visitors may not use: of files made here, of devices, and of what is no file at all."""
    place = site.scratch / "elsewhere"
    place.mkdir(exist_ok=True)
    Image.new("RGB", (32, 32), "red").save(place / "picture.png")
    fifo, link = place / "fifo", f"upload-{secrets.token_hex(16)}"
    if not fifo.exists():
        os.mkfifo(fifo)
    uploads = next(site.scratch.glob("monoscope-uploads-*/process-*"))
    (uploads / link).symlink_to(place / "picture.png")
    yield {
        "picture": str(place / "picture.png"),
        "passwd": "/etc/passwd",
        "zero": "/dev/zero",
        "stdout": "/dev/stdout",
        "fifo": str(fifo),
        "link in the upload directory": link,
        "link by its path": str(uploads / link),
        "file URL": f"file://{place}/picture.png",
        "web": web,
        "parent": "../../../../../../etc/passwd",
        "parent of an upload": f"{link}/../../../elsewhere/picture.png",
        "unknown upload": f"upload-{secrets.token_hex(16)}",
        "zero byte": "upload-\0",
        "empty": "",
        "long": "a" * 100_000,
    }
    (uploads / link).unlink()


def shapes(name: str) -> list[object]:
    """The ways in which a payload can name a file."""
    return [
        {"path": name},
        {"path": name, **META},
        {"path": name, "url": name, **META},
        {"path": None, "url": name, **META},
        {"path": name, "is_stream": True, **META},
        [{"path": name, **META}],
        name,
    ]


def attack(site: Served) -> dict[str, Any]:
    """Every handler × every name × every shape. Gives counts, and the sentences that picture handlers answered with.

    Each name is sent from an address of its own, so that none is `turned_away` for coming too often before anything looks at it.
    """
    counts = Counter(foreign_opens=0, server_errors=0, tracebacks=0, paths_shown=0, turned_away=0)
    sentences: set[str] = set()
    with web_server() as (web, asked), hostile_names(site, web) as names:
        watch = _Watch([Path(names["picture"])], Path(names["fifo"]))
        handlers = handlers_of(site)
        for number, name in enumerate(names.values()):
            with site.seen_from(f"127.0.0.{20 + number}") as visitor:
                for handler, inputs in handlers:
                    takes_images = any(map(_takes_image, inputs))
                    public = handler["api_visibility"] == "public"
                    others_usual = takes_images and public  # else it is refused before its image is
                    for payload in shapes(name) if takes_images else shapes(name)[1:2]:
                        data = [usual(part) if others_usual and not _takes_image(part) else payload for part in inputs]
                        reply = call(visitor, handler, data, counts)
                        if takes_images:
                            sentences |= _sentences(reply)
                            counts["foreign_opens"] += "data:image" in reply
        counts["foreign_opens"] += watch.opened() + len(asked)
    return {**counts, "sentences": sentences}


def _takes_image(part: dict[str, Any]) -> bool:
    return part["type"] == "image" or "gradio.FileData" in str(part.get("api_info") if part["type"] == "api" else "")


def _sentences(told: str) -> set[str]:
    """The notices in what a handler sent."""
    parts = told.split('<p class="notice" role="status">')[1:]
    raised = re.findall(r"""'error': (["'])(.+?)\1, 'duration'""", told)  # by an endpoint of the API
    return {part.split("</p>")[0] for part in parts} | {sentence for _, sentence in raised}


class _Watch:
    """Tells whether files, or a FIFO, were opened since."""

    def __init__(self, files: list[Path], fifo: Path) -> None:
        self._files, self._fifo_opened = files, threading.Event()
        for file in files:
            os.utime(file, (LONG_AGO, time.time()))
        threading.Thread(target=self._wait_for_reader, args=[fifo], daemon=True).start()

    def _wait_for_reader(self, fifo: Path) -> None:
        os.close(os.open(fifo, os.O_WRONLY))  # comes back when somebody opens the other end
        self._fifo_opened.set()

    def opened(self) -> int:
        return sum(file.stat().st_atime != LONG_AGO for file in self._files) + self._fifo_opened.is_set()
