"""Raters who are weighed: who answers as others do counts, who guesses does not."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from explorer.errors import UserError
from explorer.study.__main__ import main
from explorer.study.analysis.agreement import agreement
from explorer.study.analysis.raters import Weighed, weighed

CAREFUL = ("anna", "ben", "carl")


def _answers(cast: list[tuple[str, int, bool]]) -> pd.DataFrame:
    """(participant, pair, whether the first neuron, whose MS is the higher, was chosen)."""
    rows = [(who, pair, 0.9, 0.1, "first" if agrees else "second") for who, pair, agrees in cast]
    return pd.DataFrame(rows, columns=["participant", "pair", "first_ms", "second_ms", "chosen"])


def test_a_pair_of_one_careful_rater_and_one_who_guesses_goes_by_the_careful_one() -> None:
    """Of 60 pairs 45 agree with MS. Three raters see that on the first 40; on the last 20 `anna` stands against a coin."""
    truth, coin = np.arange(60) % 4 != 0, np.random.default_rng(0).random(60) < 0.5
    cast = [(who, pair, bool(truth[pair])) for who in CAREFUL for pair in range(40)]
    cast += [("anna", pair, bool(truth[pair])) for pair in range(40, 60)]
    cast += [("guesser", pair, bool(coin[pair])) for pair in range(60)]
    found, by_majority = weighed(_answers(cast)), agreement(_answers(cast)).majority
    assert found[1:] == (60, 4, 1)
    assert found.share == pytest.approx(0.75, abs=0.02)
    assert abs(by_majority.share - 0.75) > 0.02


def test_the_command_shows_it_beside_the_majority(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["k_x,k_y,R_user,MS_x_dino,MS_y_dino", *(f"{n},{n + 50},{int(n < 6)},0.9,0.1" for n in range(8))]
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = ["analyse", "--pairs-csv", str(tmp_path / "pairs.csv"), "--weighed"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert re.search(r"raters weighed \(MACE, variational Bayes\): 7\d\.\d % of 8 pairs, as expected; 0 of 1 raters", said)
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weighed"]["share"] == pytest.approx(0.75, abs=0.05)  # of one rater alone it is less sure
    assert (found["weighed"]["pairs"], found["weighed"]["raters"]) == (8, 1)


def test_where_nobody_disagrees_with_anybody_there_is_nothing_to_weigh() -> None:
    assert weighed(_answers([("anna", 0, True), ("ben", 1, True)])) == Weighed(1.0, 2, 2, 0)
    assert weighed(_answers([("anna", 0, False)])) == Weighed(0.0, 1, 1, 0)
    assert math.isnan(weighed(_answers([])).share)


def test_without_the_library_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "crowdkit.aggregation", None)
    with pytest.raises(UserError, match="requirements-study"):
        weighed(_answers([("anna", 0, True), ("ben", 0, False)]))
