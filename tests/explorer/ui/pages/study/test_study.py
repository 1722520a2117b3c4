"""The study over HTTP: what is told to whom, and what an attacker gets."""

import json
import re
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from explorer.study.answers_file import PAUSED
from explorer.study.design import bin_width
from explorer.study.participants import Participants
from explorer.study.session import QUICKEST, Session
from explorer.study.store import AnswerStore
from explorer.study.studies import create_study, set_state
from explorer.ui.pages.study import words as study_words
from explorer.ui.routes.study_pictures import STUDY_PICTURES
from tests.attacks.study import (
    ANSWERS,
    LONGER_THAN_A_SECOND_CLICK,
    Participant,
    blocked_browse,
    forged,
    full,
    kept,
    texts,
    vanished,
    words,
)
from tests.explorer.ui.pages.conftest import Running
from tests.serving import served

pytestmark = pytest.mark.slow


def _stage(reply: list[object]) -> str:
    return next(part for part in reply if isinstance(part, str) and "<section" in part)


def _step(page: str) -> int:
    return int(re.search(r'aria-valuenow="(\d+)"', page)[1])


def test_the_answers_file_is_there_before_anybody_answers(running: Running) -> None:
    assert kept(running.answers) is not None


def test_an_answer_is_kept_before_the_next_pair_shows(running: Running) -> None:
    browser = Participant(running.site).begin()
    for done, button in enumerate(ANSWERS):
        time.sleep(QUICKEST)
        page = _stage(browser.press(button))
        assert _step(page) == done + 1
        name = browser.token[:22]
        assert len([pair for who, pair in kept(running.answers) if who == name]) == done + 1
    assert _step(_stage(Participant(running.site, token=browser.token).press("load"))) == 3


def test_no_reply_holds_what_is_not_its_reader_s(running: Running) -> None:
    """Two participants answer; all that comes back is searched."""
    secrets_of, replies = [], []
    for _ in range(2):
        browser = Participant(running.site).begin()
        secrets_of.append(browser.token)
        replies.append(browser.press("load"))
        for number in range(4):
            time.sleep(QUICKEST)
            replies.append(browser.press(ANSWERS[number % 2]))
    replies.append(Participant(running.site).press("load", "?results=1"))
    everything = json.dumps(replies) + "".join(
        httpx.get(f"{running.site.url}/{path}").text for path in ("study", "study?results=1", "config?page=study", "study.csv")
    )
    measured = {
        f"{value:.{digits}f}" for pair in running.study.pairs for value in (pair.first.ms, pair.second.ms) for digits in (4, 6)
    }
    measured |= {f"{pair.difference:.{digits}f}" for pair in running.study.pairs for digits in (4, 6)}
    assert not [token for token in secrets_of if token in everything]
    assert not [value for value in measured if value in everything]
    assert str(running.answers.parent) not in everything
    stages = "".join(_stage(reply) for reply in replies[:-1])
    assert not re.search(r"#\d{4}|\bMS\b(?! in)|neuron\?|[?&]id=|title=|storybook|thumbs/", stages)
    assert all(re.fullmatch(STUDY_PICTURES, f"/{address}") for address in re.findall(r'src="([^"]*)"', stages))


def test_results_are_aggregates_and_offer_no_download(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a study whose answers are known: two participants, who decide four pairs each and leave out one."""
    monkeypatch.setattr("explorer.study.session.QUICKEST", 0.0)
    store = AnswerStore(running.answers)
    store.make()
    session, study = Session(store, running.library), replace(running.study, name="known")
    with store.opened(writes=True) as answers:
        create_study(answers.connection, study, "open")
    names, decided = ("a" * 22, "b" * 22), {}
    for name in names:
        place = session.begin(study, name)
        for choice in ("left", "right", "left", "right", "neither", "right", "left"):  # the first two are practice
            turn, pair = place.turn, study.pairs[place.turn.pair]
            place = session.answer(name, turn.ticket, choice)
            decided |= {pair.number: pair.difference} if turn.kind == "pair" and choice != "neither" else {}
    reply = Participant(running.site).press("load", "?results=1&study=known")
    with store.opened(writes=True) as answers:
        set_state(answers.connection, "known", "closed")
    assert 'class="results"' in words(reply)
    assert "download" not in words(reply)
    assert not [name for name in names if name in json.dumps(reply)]
    figure = next(part for part in reply if isinstance(part, dict) and part.get("value"))
    here = next(trace for trace in json.loads(figure["value"]["plot"])["data"] if trace["name"] == "here, majority")
    width = bin_width(max(decided.values()))
    by_hand = Counter((int(difference / width + 1e-9) + 0.5) * width for difference in decided.values())
    assert dict(zip(here["x"], here["customdata"], strict=True)) == pytest.approx(dict(sorted(by_hand.items())))


def test_there_is_no_csv(running: Running) -> None:
    assert httpx.get(f"{running.site.url}/study.csv").status_code == 404


def test_pictures_are_those_of_the_participant_s_own_pages(running: Running) -> None:
    browser = Participant(running.site)
    page = _stage(browser.press("study-start"))
    addresses = re.findall(r'src="([^"]*)"', page)
    ticket = addresses[0].split("/")[1]
    with closing(sqlite3.connect(running.answers)) as connection:
        number, left = connection.execute("SELECT pair, on_left FROM turns WHERE ticket = ?", (ticket,)).fetchone()
    pair = running.study.pairs[number]
    sides = (pair.first, pair.second) if left == "first" else (pair.second, pair.first)
    shown = [(side, top.image) for side in sides for top in running.library.atlases[side.atlas].top_images(side.neuron, 16)]
    assert len(addresses) == len(shown) == 32
    for address, (side, image) in zip(addresses, shown, strict=True):
        reply = httpx.get(f"{running.site.url}/{address}")
        assert reply.content == running.library.atlases[side.atlas].images.thumbnail(image)
        assert reply.headers["cache-control"] == "private, max-age=3600"


@pytest.mark.parametrize("place", ["left/16", "middle/0", "left/-1", "left/x", "../0", "left/0/0"])
def test_no_other_picture_is_served(running: Running, place: str) -> None:
    ticket = Participant(running.site).begin().tickets[-1]
    assert httpx.get(f"{running.site.url}/study-pictures/{ticket}/left/0.webp").status_code == 200
    for name in (ticket, "A" * 22):
        assert httpx.get(f"{running.site.url}/study-pictures/{name}/{place}.webp").status_code == 404


def test_a_token_s_name_alone_is_no_token(running: Running) -> None:
    browser = Participant(running.site).begin()
    name = browser.token[:22]
    assert name not in _stage(browser.press("load"))
    assert study_words.TITLE in _stage(Participant(running.site, token=name).press("load"))
    assert Participant(running.site).begin().token != browser.token


def test_another_server_s_tokens_are_none(running: Running) -> None:
    others = Participants(b"another secret" * 3)
    token = others.token_of_code(others.new_code())
    assert study_words.TITLE in _stage(Participant(running.site, token=token).press("load"))


def test_nothing_forged_is_accepted(running: Running) -> None:
    assert set(forged(running.site, running.answers).values()) == {0}


def test_no_text_field_takes_html_or_sql(running: Running) -> None:
    assert set(texts(running.site, running.answers).values()) == {0}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"no JSON", 400),
        (b"[" * 3000, 400),
        (b'{"token": ""}', 400),
        (b'{"button": "delete"}', 400),
        (b'{"button": ["left"]}', 400),
        (b'{"button": "left", "took": "' + b"1" * 5000 + b'"}', 413),
    ],
)
def test_what_no_page_sends_is_no_press(running: Running, body: bytes, status: int) -> None:
    reply = running.site.client.post("/study-press", content=body)
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith("text/plain")


def test_another_site_s_page_presses_nothing(running: Running) -> None:
    browser = Participant(running.site).begin()
    time.sleep(LONGER_THAN_A_SECOND_CLICK)
    before = kept(running.answers)
    headers = {"origin": "https://elsewhere.example"}
    sent = browser.body("answer-1", browser.token)
    assert running.site.client.post("/study-press", json=sent, headers=headers).status_code == 403
    assert running.site.client.get("/study-press", params=sent).status_code == 404
    assert kept(running.answers) == before


def test_gradio_runs_no_press(running: Running) -> None:
    """The page's buttons have numbers among its handlers, but no function behind them."""
    numbers = [handler["id"] for handler in running.site.handlers() if not handler["backend_fn"]]
    for number in numbers:
        call = {"data": [""], "event_data": None, "fn_index": number, "trigger_id": None, "session_hash": "x"}
        for address in ("run/predict", "queue/join"):
            assert running.site.client.post(f"/gradio_api/{address}", json=call).status_code == 400
    assert len(numbers) >= 6


def test_a_full_disk_is_told_and_nothing_is_acknowledged(running: Running) -> None:
    assert set(full(running.site, running.answers).values()) == {0}


def test_answers_that_vanish_pause_the_study(running: Running) -> None:
    assert set(vanished(running.site, running.answers).values()) == {0}


def test_blocked_answers_are_refused_and_kept_when_sent_again(running: Running) -> None:
    found = blocked_browse(running.site, running.answers, 40)
    assert {name: count for name, count in found.items() if name.split("_")[-1] not in ("ms", "seconds")} == {
        "blocked_acknowledged": 0,
        "blocked_kept": 0,
        "blocked_lost": 0,
        "blocked_errors": 0,
    }


def test_where_answers_cannot_be_kept_the_rest_is_served(atlases_root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with served(atlases_root, MONOSCOPE_ANSWERS=str(tmp_path / "file" / "answers.sqlite")) as site:
        for part in ("load", "study-start"):
            reply = words(Participant(site).press(part))
            assert PAUSED in reply
            assert str(tmp_path) not in reply
        assert PAUSED in words(Participant(site).press("load", "?results=1"))
        assert "data-neuron" in site.load("/", "atlas=drawings")
