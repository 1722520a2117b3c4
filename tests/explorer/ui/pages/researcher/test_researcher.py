"""The researcher's page over HTTP: shut to all but who knows the password."""

import io
import re
import time
from pathlib import Path

import httpx
import pandas as pd
import pytest

from explorer.study.plan import from_json
from explorer.study.session import QUICKEST
from explorer.ui.door import WRONG
from tests.attacks.study import Participant
from tests.serving import Served, served

PASSWORD = "open sesame"
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
        reply = httpx.post(f"{self.site.url}/gradio_api/run/predict", json=body, timeout=60)
        assert reply.status_code == 200
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))


def test_the_door_opens_to_the_password_alone(atlases_root: Path, tmp_path: Path) -> None:
    answers = str(tmp_path / "answers.sqlite")
    with served(atlases_root, MONOSCOPE_ANSWERS=answers, MONOSCOPE_STUDY_PASSWORD=PASSWORD) as site:
        browser = Participant(site).begin()
        time.sleep(QUICKEST)
        browser.press("answer-1")
        stranger = Researcher(site, "stranger")
        assert WRONG in stranger.press("enter", "guess")
        for part, values in (("chosen-study", (None, "built-in")), ("study-closed", (None, "built-in"))):
            said = stranger.press(part, *values)
            assert "hour is over" in said
            assert "<table" not in said
        ours = Researcher(site, "ours")
        seen = ours.press("enter", PASSWORD)
        assert "built-in" in seen
        assert "1 answers by 1 participants" in seen
        links = re.findall(r'href="(study-answers/[^"]+)"', seen)
        _downloads(site, links, browser.token[:22])
        assert ">paused<" in ours.press("study-paused", None, "built-in")
        assert "paused" in str(Participant(site).press("load"))
        assert ">open<" in ours.press("study-open", None, "built-in")
        assert "data-ticket" in str(Participant(site, token=browser.token).press("load"))
        assert "no study" in ours.press("study-open", None, "'; DROP TABLE studies; --") or "built-in" in ours.press(
            "chosen-study", None, "built-in"
        )


def _downloads(site: Served, links: list[str], name: str) -> None:
    by_ending = {link.rsplit(".", 1)[1]: httpx.get(f"{site.url}/{link}") for link in links}
    assert {ending: reply.status_code for ending, reply in by_ending.items()} == {"csv": 200, "parquet": 200, "json": 200}
    assert name not in by_ending["csv"].text
    assert pd.read_parquet(io.BytesIO(by_ending["parquet"].content))["participant"].tolist() == ["p1"]
    assert from_json(by_ending["json"].text).name == "built-in"
    forged = re.sub(r"-[0-9a-f]{64}/", "-" + "0" * 64 + "/", links[0])
    assert httpx.get(f"{site.url}/{forged}").status_code == 404
    assert httpx.get(f"{site.url}/{links[0].replace('built-in', 'nothing')}").status_code == 404
