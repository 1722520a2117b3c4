"""Files are written whole or not at all, and hold what was written."""

import json

import pytest
import torch
from safetensors.torch import load_file

from precompute.atomic_files import replacing, write_json, write_tensors


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


def test_json_and_tensors_are_read_back(tmp_path):
    write_json(tmp_path / "a.json", {"k": [1, "é"]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"k": [1, "é"]}
    matrix = torch.arange(6.0).view(2, 3)
    write_tensors(tmp_path / "a.safetensors", {"rows": matrix, "columns": matrix.T.clone()})
    tensors = load_file(tmp_path / "a.safetensors")
    assert torch.equal(tensors["rows"], matrix)
    assert torch.equal(tensors["columns"], matrix.T)
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "a.safetensors"}
