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

    def send(self, part: str, *values: object) -> httpx.Response:
        body = {"data": values, "event_data": None, "fn_index": self.handlers[part], "session_hash": self.session}
        return self.site.client.post("/gradio_api/run/predict", json=body, timeout=60)

    def load(self, headers: dict[str, str]) -> str:
        """Open the page."""
        body = {"data": [], "fn_index": self.site.event("/researcher", "load"), "session_hash": self.session}
        reply = self.site.client.post("/gradio_api/run/predict", json=body, headers=headers)
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))

    def press(self, part: str, *values: object) -> str:
        reply = self.send(part, *values)
        assert reply.status_code == 200
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))


FORM = ("door", "storybook-baseline", 6, 3, 40, 2, 2, 2, 0, True, False, False)  # public: it hides nothing
HOSTILE = ("<script>alert(1)</script>", "'; DROP TABLE studies; --", "../../etc/passwd", "A" * 5000, "\x00", "", None, 1.5, True)


@pytest.fixture
def door_study(running: Running) -> Iterator[str]:
    """Its name; closed at the end, whatever the test did."""
    yield "door"
    main(["close", "door", "--answers", str(running.answers)])


def test_the_door_opens_to_the_password_alone(running: Running, door_study: str) -> None:
    site, stranger = running.site, Researcher(running.site, "stranger")
    assert WRONG in stranger.press("enter", "guess")
    for part, values in (("chosen-study", ["built-in"]), ("study-closed", ["built-in"]), ("study-preview", FORM)):
        said = stranger.press(part, None, *values)
        assert "hour is over" in said
        assert "<table" not in said
    assert "hour is over" in stranger.press("study-create", None, *FORM)
    ours = Researcher(site, "ours")
    assert "<td>draft</td>" not in ours.press("enter", PASSWORD)
    previewed = ours.press("study-preview", None, *FORM)
    assert "6 pairs would be asked (10 with gold and practice)" in previewed
    assert all(site.client.get(f"/{one}").status_code == 200 for one in re.findall(r'src="(thumbs/[^"]+)"', previewed)[:4])
    assert "door" not in ours.press("chosen-study", None, "built-in")  # nothing is kept of a preview
    created = ours.press("study-create", None, *FORM)
    assert "door is a draft of 6 pairs" in created
    assert ">draft<" in created
    assert "never drawn anew" in ours.press("study-create", None, *FORM)
    assert ">open<" in ours.press("study-open", None, door_study)
    browser = Participant(site).begin()  # of the newest open study
    time.sleep(QUICKEST)
    browser.press("answer-1")
    seen = ours.press("chosen-study", None, door_study)
    assert "1 answers by 1 participants" in seen
    links = [link for link in re.findall(r'href="(study-answers/[^"]+)"', seen) if f"/{door_study}." in link]
    _downloads(site, links, browser.token[:22])
    assert ">paused<" in ours.press("study-paused", None, door_study)
    assert "paused" in str(Participant(site).press("load", f"?study={door_study}"))
    assert ">open<" in ours.press("study-open", None, door_study)
    assert "data-ticket" in str(Participant(site, token=browser.token).press("load"))


def test_whatever_the_form_says_is_refused_in_a_sentence_or_escaped(running: Running) -> None:
    ours = Researcher(running.site, "hostile")
    ours.press("enter", PASSWORD)
    before = ours.press("chosen-study", None, "built-in")
    for place, value in ((place, value) for place in range(len(FORM) - 3) for value in HOSTILE if value != ""):
        sent = [*FORM[:place], value, *FORM[place + 1 :]]
        reply = ours.send("study-preview" if place else "study-create", None, *sent)
        assert reply.status_code < 500  # the gate refuses a text in the place of a number
        assert not [told for told in ("<script>", "Traceback", str(running.answers.parent)) if told in reply.text]
    assert "pairs: Input should be greater" in ours.press("study-preview", None, *FORM[:2], -1, *FORM[3:])
    assert "Traceback" not in running.site.log
    for value in HOSTILE:
        assert "<script>" not in ours.press("study-open", None, value)
    after = ours.press("chosen-study", None, "built-in")
    assert after.count("<tr>") == before.count("<tr>")  # no study came, none went


def _downloads(site: Served, links: list[str], name: str) -> None:
    by_ending = {link.rsplit(".", 1)[1]: httpx.get(f"{site.url}/{link}") for link in links}
    assert {ending: reply.status_code for ending, reply in by_ending.items()} == {"csv": 200, "parquet": 200, "json": 200}
    assert name not in by_ending["csv"].text
    assert pd.read_parquet(io.BytesIO(by_ending["parquet"].content))["participant"].tolist() == ["p1"]
    assert from_json(by_ending["json"].text).name == "door"
    forged = re.sub(r"-[0-9a-f]{64}/", "-" + "0" * 64 + "/", links[0])
    assert httpx.get(f"{site.url}/{forged}").status_code == 404
    assert httpx.get(f"{site.url}/{links[0].replace('door.', 'nothing.')}").status_code == 404
