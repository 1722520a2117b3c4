"""A blind study: nothing public tells which neurons are compared, while it runs; a cheat tries."""

import json
from pathlib import Path

import pytest

from explorer.study.__main__ import main
from explorer.study.plan import from_json
from explorer.ui.pages.study import words as study_words
from tests.attacks.study import Participant, cheated, words
from tests.serving import ROOT, served

BUILT_IN = ROOT / "assets" / "storybook" / "atlases"
SECRET, OTHER = "storybook-batchtopk", "storybook"
pytestmark = pytest.mark.slow


def _created(answers: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[int]:
    """An open study of SECRET; gives the numbers of all its neurons."""
    where = ["--answers", str(answers)]
    assert main(["create", "mine", "--atlas", SECRET, "--pairs", "6", "--gold", "0", *where, *options]) == 0
    assert main(["open", "mine", *where]) == 0
    capsys.readouterr()
    assert main(["plan", "mine", *where]) == 0
    study = from_json(capsys.readouterr().out)
    return [side.neuron for pair in study.pairs for side in (pair.first, pair.second)]


def test_a_cheat_finds_nothing_while_the_study_runs(
    atlases_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.sqlite"
    numbers = _created(answers, capsys)
    with served(BUILT_IN, atlases_root, MONOSCOPE_ANSWERS=str(answers)) as site:
        assert cheated(site, (SECRET, OTHER, "drawings"), numbers) == {"cheat_hits": 0, "cheat_told": 0}
        assert study_words.NOT_YET in words(Participant(site).press("load", "?results=1"))
        asked = site.client.get("/gradio_api/info").text + site.load("/", "")
        assert "drawings" in asked
        assert "storybook" not in asked  # of the same images


def test_the_same_cheat_finds_all_where_the_study_is_public(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that the test before is none of a cheat who cannot look."""
    answers = tmp_path / "answers.sqlite"
    numbers = _created(answers, capsys, "--public")
    with served(BUILT_IN, MONOSCOPE_ANSWERS=str(answers)) as site:
        assert cheated(site, (SECRET,), numbers, 2)["cheat_hits"] == 4


def test_a_process_that_shows_the_atlas_shows_no_pair_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = tmp_path / "answers.sqlite"
    with served(BUILT_IN, MONOSCOPE_ANSWERS=str(answers)) as site:
        _created(answers, capsys)  # while it runs
        browser = Participant(site)
        for reply in (browser.press("load", "?study=mine"), browser.press("study-start", "?study=mine")):
            assert "started again" in json.dumps(reply)
            assert "data-ticket" not in json.dumps(reply)
