"""The check by cosines, by hand; and verdicts that are asked for once."""

import numpy as np
import pytest
import torch

from explorer.models.judges.judge import Answer
from precompute.evaluate.steering.kept_judge import AT_ONCE, KeptJudge
from precompute.evaluate.steering.similarity import COLUMNS, Asked, Nearness, _rows


def test_rows_by_hand():
    words = {"a": torch.tensor([1.0, 0.0]), "b": torch.tensor([0.0, 1.0])}
    near = Nearness(words, {0: torch.tensor([1.0, 0.0]), 1: torch.tensor([0.2, 0.5])})
    texts = {0.0: ["b", "b"], 1.0: ["a", "b"]}
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(Asked("ms", "white", [0, 1], ["white"]), texts, {1: "b"}, near)]
    found = {(row["on"], row["times"]): row["similarity"] for row in rows[:3]}
    # 0: (0 + 0.5) / 2; 1: (1 + 0.5) / 2; the other neuron's images: a by neuron 1, b by neuron 0
    assert found == pytest.approx({("white", 0.0): 0.25, ("white", 1.0): 0.75, ("other neurons", 1.0): 0.1})
    assert (rows[3]["on"], rows[3]["neurons"], rows[3]["similarity"]) == ("names", 1, 0.5)


def test_several_images_count_as_one_neuron():
    near = Nearness({"a": torch.tensor([1.0]), "b": torch.tensor([0.0])}, {0: torch.tensor([1.0]), 1: torch.tensor([1.0])})
    (row,) = _rows(Asked("ms", "images", [0, 1], ["x", "y"]), {2.0: ["a", "b", "a", "a"]}, {}, near)
    assert row[:5] == ("ms", "images", 2.0, 2, 2)
    assert row[5] == pytest.approx(0.75)
    assert np.isfinite(row[6])


class Counting:
    """A judge that counts what it is asked."""

    name = "counting"

    def __init__(self):
        self.asked = []

    def concept(self, neuron):
        return f"concept {neuron % 2}"

    def says(self, neuron, answers):
        self.asked.append(len(answers))
        return [str(neuron % 2) in answer.text for answer in answers]

    def followed(self, answers):
        self.asked.append(len(answers))
        return [answer.text == "0" for answer in answers]

    kept = followed


def test_verdicts_are_asked_for_once_also_by_a_later_run(tmp_path):
    answers = [Answer("white", "poem", str(number % 3), "") for number in range(9)]
    first = KeptJudge(Counting(), tmp_path / "verdicts.jsonl")
    assert first.says(0, answers) == [True, False, False] * 3
    assert first.says(2, answers) == [True, False, False] * 3  # the same concept
    assert first.says(1, answers) == [False, True, False] * 3
    assert first.followed(answers) == [True, False, False] * 3
    assert first._judge.asked == [3, 3, 3]  # type: ignore[attr-defined]
    again = KeptJudge(Counting(), tmp_path / "verdicts.jsonl")
    assert again.says(1, answers) == [False, True, False] * 3
    assert again.kept(answers) == [True, False, False] * 3
    assert again._judge.asked == [3]  # type: ignore[attr-defined]


def test_verdicts_are_written_down_while_more_are_asked_for(tmp_path):
    many = [Answer("white", "poem", str(number), "") for number in range(AT_ONCE + 1)]
    judge = KeptJudge(Counting(), tmp_path / "verdicts.jsonl")
    assert len(judge.followed(many)) == len(many)
    assert judge._judge.asked == [AT_ONCE, 1]  # type: ignore[attr-defined]
