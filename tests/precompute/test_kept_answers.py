"""Answers are kept once, whatever a kill leaves of the file."""

from typing import NamedTuple

import pytest

from precompute.kept_answers import KeptAnswers


class Asked(NamedTuple):
    image: str
    neuron: int | None = None


FIRST, SECOND, THIRD = Asked("white"), Asked("white", 3), Asked("ÿ\n", None)


def test_kept_read_back_and_missing(tmp_path):
    kept = KeptAnswers(tmp_path / "new" / "answers.jsonl", Asked)
    kept.keep([(FIRST, "a boat\n“red”"), (SECOND, "")])
    again = KeptAnswers(kept.file, Asked)
    assert (again[FIRST], again[SECOND]) == ("a boat\n“red”", "")
    assert again.missing([THIRD, FIRST, THIRD]) == [THIRD]
    with pytest.raises(KeyError):
        again[THIRD]


@pytest.mark.parametrize("cut", range(1, 12))
def test_half_a_line_is_taken_away_and_asked_again(tmp_path, cut):
    kept = KeptAnswers(tmp_path / "answers.jsonl", Asked)
    kept.keep([(FIRST, "one"), (THIRD, "ÿÿÿ")])
    kept.file.write_bytes(kept.file.read_bytes()[:-cut])
    after = KeptAnswers(kept.file, Asked)
    assert after[FIRST] == "one"
    assert after.missing([FIRST, THIRD]) == [THIRD]
    after.keep([(THIRD, "three")])
    assert KeptAnswers(kept.file, Asked)[THIRD] == "three"
