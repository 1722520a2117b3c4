"""What the four kinds of visitors of the soak do, each as one person does."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
from PIL import Image

from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from tests.attacks.study import ANSWERS, Participant, words
from tests.bench.soak.visitor import Visitor

NEURONS, PAGES = 960, 40  # of the atlas that is shown first
SCENES, SEED, SIDE, QUALITY = 12, 7_910_000, 1280, 90  # uploads: JPEG files as a phone sends them, of so many pixels a side


def browse(visitor: Visitor) -> None:
    """Open Browse, turn its pages, and open one neuron of what is shown."""
    with visitor.open("/") as page:
        fn, neurons = visitor.event("browse"), list[str]()
        for _ in range(visitor.draw.randint(1, 3)):
            sort = visitor.draw.choice(["", "ms-low", "density", "activation", "label", "id"])
            query = urlencode({"sort": sort, "p": visitor.draw.randint(1, PAGES)})
            with visitor.ledger.timed("browse"):
                html = page.call(fn, query)
            neurons = re.findall(r'data-neuron="(\d+)"', html)
            visitor.ledger.same(f"browse?{query}", " ".join(neurons))
            visitor.look(html)
            fn = visitor.event("refresh")  # within the page, the cards alone are drawn anew
            if not visitor.stays():
                return
    number = visitor.draw.choice(neurons)
    with visitor.open("/neuron") as page:
        with visitor.ledger.timed("neuron"):
            html = page.call(visitor.event("neuron"), f"id={number}")
        assert f"#{int(number):04d}" in html, f"neuron?id={number}: not that neuron"
        visitor.look(html)


def upload(visitor: Visitor) -> None:
    """Open Image, send two pictures one after the other, and see each one's neurons in another order."""
    with visitor.open("/image") as page:
        page.call(visitor.event("image"), "")
        for _ in range(2):
            if not visitor.stays():
                return
            scene = visitor.draw.randrange(SCENES)
            with visitor.ledger.timed("upload"):
                name = visitor.site.upload(_photograph(scene), "picture.jpg")
                html = page.ask(_taking(visitor.site.url), "", [{"path": name}, None])
            visitor.ledger.same(f"scene {scene}", _fired(html))
            if not visitor.stays():
                return
            with visitor.ledger.timed("order"):
                html = page.ask(visitor.event("rank"), "order=unusual", [None, None])
            visitor.ledger.same(f"scene {scene}, unusual first", _fired(html))


def steer(visitor: Visitor) -> None:
    """Open Steer at some neuron, and move its slider."""
    with visitor.open("/steer") as page:
        number = visitor.draw.choice(range(0, NEURONS, 40))
        for place in range(visitor.draw.randint(2, 4)):
            query = urlencode({"id": number, "alpha": 20 * visitor.draw.randint(0, 5)})
            if place == 0:
                page.call(visitor.event("steer"), query, [None])
            with visitor.ledger.timed("steer"):
                html = page.ask(visitor.event("answer"), query, [None])
            said = re.findall(r'<p class="said">(.*?)</p>', html)
            assert len(said) >= 2, f"steer?{query}: no two answers in {html[:200]}"
            visitor.ledger.same(f"steer?{query}", " | ".join(said))
            if not visitor.stays():
                return


def study(visitor: Visitor) -> None:
    """Open Study, begin as somebody new, and answer pairs until there is no other one."""
    with visitor.open("/study") as page:
        page.call(visitor.event("study"), "", [""])
        person = Participant(visitor.site).begin()
        while visitor.stays():
            before = person.tickets[-1]
            with visitor.ledger.timed("study"):
                told = words(person.press(visitor.draw.choice(ANSWERS)))
            if 'class="completion"' in told:
                return
            assert person.tickets[-1] != before, f"study: no next pair, but {told[:200]}"
            visitor.look(told, r"study-pictures/[\w./-]+")


class Kind(NamedTuple):
    """A kind of visitors."""

    act: Callable[[Visitor], None]
    looks: tuple[float, float]  # seconds between two acts, least and most


KINDS: Mapping[str, Kind] = {
    "browse": Kind(browse, (4, 12)),
    "upload": Kind(upload, (8, 20)),
    "steer": Kind(steer, (8, 20)),
    "study": Kind(study, (3, 9)),
}


@cache
def _photograph(scene: int) -> bytes:
    drawn = Image.fromarray(render(sample_scene(SEED + scene, "heldout")).image).resize((SIDE, SIDE))
    drawn.save(written := BytesIO(), "JPEG", quality=QUALITY)
    return written.getvalue()


@cache
def _taking(url: str) -> int:
    """The number of the Image page's handler of an upload; of those that wait in line the first is that of the order."""
    config = httpx.get(f"{url}/config", params={"page": "image"}, timeout=30).json()
    fires = [d for d in config["dependencies"] if d["queue"] and len(d["inputs"]) == 2 and d["targets"][0][1] == "input"]
    return fires[1]["id"]


def _fired(html: str) -> str:
    """The neurons of a list, in its order."""
    rows = re.findall(r'class="fired-name"[^>]*>\s*<span class="id">([^<]*)', html)
    assert rows, f"no neurons in {html[:200]}"
    return " ".join(rows)
