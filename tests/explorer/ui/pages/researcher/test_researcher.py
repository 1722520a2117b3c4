"""The researcher's page over HTTP: shut to all but who knows the password."""

import io
import re
import time
from collections.abc import Iterator

import httpx
import pandas as pd
import pytest

from explorer.study.__main__ import main
from explorer.study.plan import from_json
from explorer.study.session import QUICKEST
from explorer.ui.door import WRONG
from tests.attacks.study import Participant
from tests.explorer.ui.pages.conftest import PASSWORD, Running
from tests.serving import Served

pytestmark = pytest.mark.slow


class Researcher:
    """A browser with the page open."""

    def __init__(self, site: Served, session: str) -> None:
        self.site, self.session = site, session
        config = httpx.get(f"{site.url}/config", params={"page": "researcher"}).json()
        named = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
        self.handlers = {named.get(target): each["id"] for each in config["dependencies"] for target, _ in each["targets"]}

    def press(self, part: str, *values: object) -> str:
        body = {"data": values, "event_data": None, "fn_index": self.handlers[part], "session_hash": self.session}
        reply = self.site.client.post("/gradio_api/run/predict", json=body, timeout=60)
        assert reply.status_code == 200
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))


@pytest.fixture
def door_study(running: Running) -> Iterator[str]:
    """An open study that hides nothing."""
    where = ["--answers", str(running.answers)]
    assert main(["create", "door", "--atlas", "storybook-baseline", "--pairs", "6", "--public", *where]) == 0
    assert main(["open", "door", *where]) == 0
    yield "door"
    assert main(["close", "door", *where]) == 0


def test_the_door_opens_to_the_password_alone(running: Running, door_study: str) -> None:
    site = running.site
    browser = Participant(site).begin()  # of the newest open study
    time.sleep(QUICKEST)
    browser.press("answer-1")
    stranger = Researcher(site, "stranger")
    assert WRONG in stranger.press("enter", "guess")
    for part, values in (("chosen-study", (None, door_study)), ("study-closed", (None, door_study))):
        said = stranger.press(part, *values)
        assert "hour is over" in said
        assert "<table" not in said
    ours = Researcher(site, "ours")
    seen = ours.press("enter", PASSWORD)
    assert door_study in seen
    assert "1 answers by 1 participants" in seen
    links = [link for link in re.findall(r'href="(study-answers/[^"]+)"', seen) if f"/{door_study}." in link]
    _downloads(site, links, browser.token[:22])
    assert ">paused<" in ours.press("study-paused", None, door_study)
    assert "paused" in str(Participant(site).press("load", f"?study={door_study}"))
    assert ">open<" in ours.press("study-open", None, door_study)
    assert "data-ticket" in str(Participant(site, token=browser.token).press("load"))
    ours.press("study-open", None, "'; DROP TABLE studies; --")
    assert door_study in ours.press("chosen-study", None, door_study)


def _downloads(site: Served, links: list[str], name: str) -> None:
    by_ending = {link.rsplit(".", 1)[1]: httpx.get(f"{site.url}/{link}") for link in links}
    assert {ending: reply.status_code for ending, reply in by_ending.items()} == {"csv": 200, "parquet": 200, "json": 200}
    assert name not in by_ending["csv"].text
    assert pd.read_parquet(io.BytesIO(by_ending["parquet"].content))["participant"].tolist() == ["p1"]
    assert from_json(by_ending["json"].text).name == "door"
    forged = re.sub(r"-[0-9a-f]{64}/", "-" + "0" * 64 + "/", links[0])
    assert httpx.get(f"{site.url}/{forged}").status_code == 404
    assert httpx.get(f"{site.url}/{links[0].replace('door.', 'nothing.')}").status_code == 404
