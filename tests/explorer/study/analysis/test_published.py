"""The paper's own table, the format it released, other scores, and the command."""

import json

import pandas as pd
import pytest

from explorer.errors import UserError
from explorer.study.__main__ import main
from explorer.study.analysis.agreement import agreement
from explorer.study.analysis.pairs_csv import read_pairs, to_pairs_csv
from explorer.study.analysis.published import PAPER, read_table
from explorer.study.analysis.scores import with_scores
from explorer.study.analysis.summary import methods

RELEASED = """k_x,k_y,R_user,MS_x_dino,MS_y_dino,MS_x_clip,MS_y_clip
7,9,1,0.8,0.2,0.6,0.7
3,4,0,0.1,0.35,0.5,0.4
5,6,0,0.9,0.3,0.9,0.3
"""


def answers(*rows):
    columns = [
        "study",
        "participant",
        "pair",
        "first_atlas",
        "first_neuron",
        "first_ms",
        "second_atlas",
        "second_neuron",
        "second_ms",
    ]
    return pd.DataFrame(rows, columns=[*columns, "chosen"])


def test_the_paper_s_table_gives_the_paper_s_figures(capsys):
    """77.9 % as asked; 82.4 % uniform from its rounded bins."""
    assert (100 * PAPER.as_asked, 100 * PAPER.uniform) == (pytest.approx(77.9, abs=0.05), pytest.approx(82.4, abs=0.05))
    assert main(["analyse", "--table", "paper"]) == 0
    told = capsys.readouterr().out
    assert "77.9 %" in told
    assert "82.4 %" in told
    assert PAPER.single == pytest.approx(0.71, abs=0.005)
    assert PAPER._replace(agree=(3 * 0.6**2 - 2 * 0.6**3,) * 9).single == pytest.approx(0.6)


def test_an_aggregated_table_is_read(tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text("from,to,pairs,agree\n0,0.1,30,0.6\n0.1,0.4,10,1.0\n", encoding="utf-8")
    assert main(["analyse", "--table", str(table), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["as_asked"] == pytest.approx(0.7)
    assert told["uniform"] == pytest.approx((0.1 * 0.6 + 0.3 * 1) / 0.4)  # by width


@pytest.mark.parametrize("rows", ["0,0.1,0,0.5", "0,0.1,3,1.5", "0.1,0.1,3,0.5", "0,0.2,3,0.5\n0.1,0.3,3,0.5", "0,0.1,x,0.5", ""])
def test_a_table_that_cannot_be_is_refused(tmp_path, rows, capsys):
    table = tmp_path / "table.csv"
    table.write_text(f"from,to,pairs,agree\n{rows}\n", encoding="utf-8")
    with pytest.raises(UserError):
        read_table(table)
    assert main(["analyse", "--table", str(table)]) == 2
    assert str(table) in capsys.readouterr().err


def test_the_released_format_is_read(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(RELEASED, encoding="utf-8")
    dino, clip = agreement(read_pairs(path)), agreement(read_pairs(path, "clip"))
    assert (dino.majority.share, dino.majority.count) == (pytest.approx(2 / 3), 3)
    assert clip.majority.share == 0
    path.write_text(RELEASED.replace(",1,", ",x,").replace(",0,", ",y,"), encoding="utf-8")
    assert agreement(read_pairs(path)).majority.share == pytest.approx(2 / 3)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", RELEASED.replace(",1,", ",2,"), RELEASED.replace("0.8", "")])
def test_what_is_not_in_that_format_is_refused(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"pairs\.csv"):
        read_pairs(path)


THREE = answers(
    ("s", "anna", 0, "a", 1, 0.8, "b", 2, 0.2, "first"),
    ("s", "ben", 0, "a", 1, 0.8, "b", 2, 0.2, "first"),
    ("s", "cleo", 0, "a", 1, 0.8, "b", 2, 0.2, "second"),
    ("s", "anna", 1, "a", 3, 0.1, "a", 4, 0.5, "second"),
    ("s", "anna", 2, "a", 5, 0.1, "a", 6, 0.5, "first"),
    ("s", "ben", 2, "a", 5, 0.1, "a", 6, 0.5, "second"),  # a tie
    ("s", "anna", 3, "a", 7, 0.1, "a", 8, 0.5, "neither"),
)


def test_the_released_format_is_written_and_read_back(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(to_pairs_csv(THREE), encoding="utf-8")
    table = pd.read_csv(path)
    assert table[["k_x", "k_y", "R_user"]].values.tolist() == [[1, 2, 1], [3, 4, 0]]
    assert list(table) == RELEASED.splitlines()[0].split(",")
    assert agreement(read_pairs(path)).majority.share == 1


def test_another_score_takes_the_place_of_ms(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("atlas,neuron,score\na,1,5\nb,2,9\na,3,0\na,4,1\nb,5,7\n", encoding="utf-8")
    scored = with_scores(THREE, path)
    assert sorted(set(scored["pair"])) == [0, 1]  # neurons a 5 and a 6 have no score
    assert agreement(scored).majority.share == 0.5  # 0: most chose the lower; 1: the higher
    for text in ("neuron\n1\n", "atlas,neuron,score\na,1,1\na,1,2\n", "atlas,neuron,score\nz,1,1\n", "score\n1\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UserError, match=r"scores\.csv"):
            with_scores(THREE, path)


def test_methods_say_what_was_counted():
    told = methods(agreement(THREE))
    assert "3 participants gave 7 answers on 3 pairs" in told
    assert "1 answers chose neither" in told
    assert "83.3 %" in told  # of pairs: 1, 1 and a half of 3
    assert "77.9 %" in told
