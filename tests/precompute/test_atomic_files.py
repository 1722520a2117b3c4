"""Files are written whole or not at all, and hold what was written."""

import json
import resource
from contextlib import contextmanager

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.errors import UserError
from precompute.__main__ import main
from precompute.activations import Activations
from precompute.atomic_files import replacing, write_json, write_tensors
from tests.precompute.making import draw_pictures


def test_a_file_is_replaced_at_the_end_alone(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def killed():
        with replacing(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert path.read_text() == "old"


@contextmanager
def files_up_to(size):
    """As on a full disk, no file can grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_sentence(tmp_path):
    path = tmp_path / "a.safetensors"
    write_tensors(path, {"old": torch.zeros(3)})
    with files_up_to(100_000), pytest.raises(UserError, match=r"a\.safetensors: cannot be written .*make room there"):
        write_tensors(path, {"new": torch.zeros(100_000)})
    assert load_file(path).keys() == {"old"}


def test_a_stage_on_a_full_disk_ends_in_one_sentence_and_resumes(tmp_path, capsys):
    draw_pictures(tmp_path / "pictures")
    save_file({"x": torch.randn(36, 2000)}, tmp_path / "mine.safetensors")
    arguments = ["extract", "--images", str(tmp_path / "pictures"), "--activations", str(tmp_path / "mine.safetensors")]
    arguments += ["--workers", "0", "--out", str(tmp_path / "acts")]
    with files_up_to(100_000):
        assert main(arguments) == 2
    told = capsys.readouterr().err
    assert "shard-00000.safetensors: cannot be written" in told.splitlines()[-1]
    assert "Traceback" not in told
    assert main(arguments) == 0
    assert len(Activations(tmp_path / "acts")) == 36


def test_json_and_tensors_are_read_back(tmp_path):
    write_json(tmp_path / "a.json", {"k": [1, "é"]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"k": [1, "é"]}
    matrix = torch.arange(6.0).view(2, 3)
    write_tensors(tmp_path / "a.safetensors", {"rows": matrix, "columns": matrix.T.clone()})
    tensors = load_file(tmp_path / "a.safetensors")
    assert torch.equal(tensors["rows"], matrix)
    assert torch.equal(tensors["columns"], matrix.T)
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "a.safetensors"}
