"""Simulated raters: who answers what, and how far they agree, where that is known beforehand."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.errors import UserError
from explorer.study.__main__ import main
from explorer.study.analysis.votes import votes
from explorer.study.design import Rules
from explorer.study.simulated import LABEL, Judge, simulated, simulated_power
from tests.explorer.study.studying import begun, made_up

STUDY = made_up(40, Rules(answers=3, each=12, blind=False), gold=2, practice=2)


def _answers(judge: Judge, seed: int = 0, people: int = 20, **more: object) -> pd.DataFrame:
    return simulated(STUDY, people, np.random.default_rng(seed), judge, **more)


def test_every_pair_gets_its_answers_from_different_people_and_nobody_more_than_allowed() -> None:
    found = _answers(Judge())
    assert Counter(found["pair"]) == dict.fromkeys(range(40), 3)
    assert not found.duplicated(["pair", "participant"]).any()
    assert max(Counter(found["participant"]).values()) <= 12
    assert len(_answers(Judge(), people=5)) == 5 * 12  # all that so few can answer
    assert found["participant"].str.fullmatch(r"simulated-\d+").all()


def test_who_is_sure_agrees_always_and_who_guesses_half_the_time() -> None:
    assert votes(_answers(Judge(slope=1000, spread=0))).agrees.all()
    for judge in (Judge(slope=0), Judge(careless=1)):
        shares = [votes(_answers(judge, seed)).agrees.mean() for seed in range(20)]
        assert np.mean(shares) == pytest.approx(0.5, abs=0.04)  # of 2,400 answers: three standard errors


def test_raters_judge_by_the_truth_and_not_by_ms() -> None:
    """The truth turned round: who is sure of it disagrees with MS on every pair."""
    turned = {(side.atlas, side.neuron): -side.ms for pair in STUDY.pairs for side in (pair.first, pair.second)}
    assert not votes(_answers(Judge(slope=1000, spread=0), truth=turned)).agrees.any()
    with pytest.raises(UserError, match="no score of neuron 1 of a"):
        _answers(Judge(), truth={("a", 0): 1.0})


def test_power_is_that_of_the_studies_and_the_seed_decides_it() -> None:
    sure = simulated_power(STUDY, 20, Judge(slope=1000, spread=0), None, 5, 0)
    assert (sure.agree, sure.low, sure.high, sure.above_chance) == (1, 1, 1, 1)
    assert 0 < sure.width < 0.2
    again = [simulated_power(STUDY, 20, Judge(), None, 5, seed) for seed in (1, 1, 2)]
    assert again[0] == again[1] != again[2]


def test_the_command_says_that_it_is_a_simulation_and_keeps_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = begun(tmp_path / "answers.sqlite", STUDY, "draft")
    asked = ["simulate", STUDY.name, "--people", "20", "--studies", "3", "--answers", str(tmp_path / "answers.sqlite")]
    assert main([*asked, "--out", str(tmp_path / "simulated.csv")]) == 0
    assert capsys.readouterr().out.startswith(LABEL)
    assert (tmp_path / "simulated.csv").read_text(encoding="utf-8").count("simulated-") == 120
    assert main([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulation"] == LABEL
    assert session.answers(STUDY).empty
    focus = tmp_path / "focus.csv"
    rows = [f"a,{side.neuron},{side.ms}" for pair in STUDY.pairs for side in (pair.first, pair.second)]
    focus.write_text("\n".join(["atlas,neuron,score", *rows]), encoding="utf-8")
    assert main([*asked, "--truth", str(focus)]) == 0
    for wrong in (["--people", "0"], ["--careless", "2"], ["--truth", str(tmp_path / "nowhere.csv")]):
        assert main([*asked, *wrong]) == 2
