import csv
import io
import subprocess
import sys
from dataclasses import replace

import pytest

from explorer.study.__main__ import main
from explorer.study.store import AnswerStore
from tests.explorer.study.test_answers_file import version_1
from tests.explorer.study.test_store import ONE, add


@pytest.fixture
def path(tmp_path):
    store = AnswerStore(tmp_path / "answers.sqlite")
    store.make()
    add(store, replace(ONE, participant="zoe", answered="2026-11-23T09:00:00"))
    add(store, ONE)
    add(store, replace(ONE, participant="zoe", pair=4, study="t", answered="2026-11-23T11:00:00"))
    return store.path


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_come_in_order_and_participants_are_numbers(path, tmp_path):
    out = tmp_path / "answers.csv"
    before = path.read_bytes()
    assert main(["export", "--answers", str(path), "--out", str(out)]) == 0
    found = rows(out.read_text(encoding="utf-8"))
    assert [(row["participant"], row["study"], row["pair"]) for row in found] == [
        ("p1", "s", "3"),
        ("p2", "s", "3"),
        ("p1", "t", "4"),
    ]
    assert float(found[0]["second_ms"]) == 0.25
    assert not any(name in out.read_text(encoding="utf-8") for name in ("anna", "zoe"))
    assert path.read_bytes() == before
    assert {left.name for left in tmp_path.iterdir()} == {"answers.sqlite", "answers.csv"}


def test_without_out_it_goes_to_standard_output(path):
    command = [sys.executable, "-m", "explorer.study", "export", "--answers", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(rows(done.stdout)) == 3


def test_a_file_that_is_there_is_kept_unless_forced(path, tmp_path, capsys):
    out = tmp_path / "answers.csv"
    out.write_text("mine", encoding="utf-8")
    asked = ["export", "--answers", str(path), "--out", str(out)]
    assert main(asked) == 2
    assert "--force" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "mine"
    assert main([*asked, "--force"]) == 0
    assert len(rows(out.read_text(encoding="utf-8"))) == 3


def test_a_file_of_version_1_is_read_as_it_is(tmp_path, capsys):
    path = version_1(tmp_path / "answers.sqlite", [ONE])
    before = path.read_bytes()
    assert main(["export", "--answers", str(path)]) == 0
    assert [row["participant"] for row in rows(capsys.readouterr().out)] == ["p1"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("there", [None, b"", b"not a database, but long enough to be taken for one" * 30])
def test_what_cannot_be_read_is_one_sentence(tmp_path, capsys, there):
    path = tmp_path / "answers.sqlite"
    if there is not None:
        path.write_bytes(there)
    assert main(["export", "--answers", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: answers file")
    assert said.err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_sentence(path, tmp_path, capsys):
    assert main(["export", "--answers", str(path), "--out", str(tmp_path / "nowhere" / "answers.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_formulas_are_disarmed(path, capsys):
    store = AnswerStore(path)
    store.make()
    add(store, replace(ONE, pair=9, first_atlas='=HYPERLINK("x")', second_atlas="@SUM(1)"))
    assert main(["export", "--answers", str(path)]) == 0
    row = next(row for row in rows(capsys.readouterr().out) if row["pair"] == "9")
    assert (row["first_atlas"], row["second_atlas"]) == ('\'=HYPERLINK("x")', "'@SUM(1)")
