"""A blind study: nothing public tells which neurons are compared, while it runs; a cheat tries."""

import time

import pytest

from explorer.study.__main__ import main
from explorer.study.opening import EVERY
from explorer.study.plan import from_json
from explorer.ui.pages.study import words as study_words
from tests.attacks.study import Participant, cheated, words
from tests.explorer.ui.pages.conftest import Running

SECRET, OTHER = "storybook-batchtopk", "storybook"
pytestmark = pytest.mark.slow


def _created(running: Running, capsys: pytest.CaptureFixture[str], name: str, *options: str) -> list[int]:
    """An open study of SECRET, opened while the explorer runs; gives the numbers of all its neurons."""
    where = ["--answers", str(running.answers)]
    assert main(["create", name, "--atlas", SECRET, "--pairs", "6", "--gold", "0", *where, *options]) == 0
    assert main(["open", name, *where]) == 0
    capsys.readouterr()
    assert main(["plan", name, *where]) == 0
    study = from_json(capsys.readouterr().out)
    return [side.neuron for pair in study.pairs for side in (pair.first, pair.second)]


def _names(running: Running) -> set[str]:
    """Atlases that the explorer tells of."""
    page = running.site.load("/", "")
    return {name for name in running.library.atlases if f">{name}<" in page}


def _until_it_tells_of(running: Running, names: set[str]) -> None:
    """It looks every second, or as often as a busy machine lets it."""
    until = time.monotonic() + 30 * EVERY
    while _names(running) != names and time.monotonic() < until:
        time.sleep(EVERY / 4)
    assert _names(running) == names


def test_a_cheat_finds_nothing_while_the_study_runs(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is the explorer started again for that: the study hides its atlas, and others of the same images, within a second."""
    before = _names(running)
    assert {SECRET, OTHER, "drawings"} <= before
    numbers = _created(running, capsys, "mine")
    try:
        _until_it_tells_of(running, {"drawings", "plain"})
        assert "storybook" not in running.site.client.get("/gradio_api/info").text
        assert cheated(running.site, (SECRET, OTHER, "drawings"), numbers) == {"cheat_hits": 0, "cheat_told": 0}
        assert study_words.NOT_YET in words(Participant(running.site).press("load", "?results=1"))
    finally:
        assert main(["close", "mine", "--answers", str(running.answers)]) == 0
    _until_it_tells_of(running, before)


def test_the_same_cheat_finds_all_where_the_study_is_public(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """So that the test before is none of a cheat who cannot look."""
    numbers = _created(running, capsys, "public", "--public")
    try:
        assert cheated(running.site, (SECRET,), numbers, 2)["cheat_hits"] == 4
    finally:
        assert main(["close", "public", "--answers", str(running.answers)]) == 0
