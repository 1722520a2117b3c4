import json

import pytest

from explorer.errors import UserError
from precompute.stage_record import begin, finish, finished, request_key, stage_directory

ASKED = {"k": 20, "images": "photos"}


def test_a_finished_stage_is_not_run_again(tmp_path):
    out = tmp_path / "new" / "stage"
    assert begin(out, "train", ASKED)
    assert begin(out, "train", ASKED)  # begun by the same request: go on
    finish(out, {"r2": 0.5})
    assert not begin(out, "train", ASKED)
    assert finished(out, "train")["result"] == {"r2": 0.5}
    assert finished(out, "train")["versions"]["torch"]


@pytest.mark.parametrize("complete", [True, False])
def test_other_settings_are_refused_by_name(tmp_path, complete):
    begin(tmp_path, "train", ASKED)
    if complete:
        finish(tmp_path, {})
    with pytest.raises(UserError, match=r"other settings \(k\)"):
        begin(tmp_path, "train", ASKED | {"k": 5})
    with pytest.raises(UserError, match="holds a train"):
        begin(tmp_path, "score", ASKED)
    assert begin(tmp_path, "train", ASKED | {"k": 5}, force=True)


def test_strangers_directories_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    for force in (False, True):
        with pytest.raises(UserError, match="not a stage's directory"):
            begin(tmp_path, "train", ASKED, force=force)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_unfinished_wrong_and_missing_are_told_apart(tmp_path):
    with pytest.raises(UserError, match="not the output of `train`"):
        finished(tmp_path / "none", "train")
    begin(tmp_path, "train", ASKED)
    with pytest.raises(UserError, match="unfinished"):
        finished(tmp_path, "train")
    finish(tmp_path, {})
    with pytest.raises(UserError, match=r"output of `train`, needed is that of `score`"):
        finished(tmp_path, "score")


def test_keys_depend_on_the_request_alone():
    assert request_key({"a": 1, "b": [2]}) == request_key(json.loads('{"b": [2], "a": 1}'))
    assert request_key({"a": 1}) != request_key({"a": 2})


def test_a_request_has_one_directory_in_the_work_directory(tmp_path):
    new = stage_directory(tmp_path / "none", "train", ASKED)
    assert new == tmp_path / "none" / f"train-{request_key(ASKED)}"
    earlier = tmp_path / "train-0123456789ab"  # as earlier versions named it
    begin(earlier, "train", ASKED)
    begin(tmp_path / "train-other", "train", ASKED | {"k": 5})
    begin(tmp_path / "score-0123456789ab", "score", ASKED | {"k": 6})
    assert stage_directory(tmp_path, "train", ASKED) == earlier
    finish(earlier, {})
    assert stage_directory(tmp_path, "train", ASKED) == earlier
    assert stage_directory(tmp_path, "train", ASKED | {"k": 6}).name == f"train-{request_key(ASKED | {'k': 6})}"
