"""Accumulators that were saved are restored as they were; files that do not fit are refused by field."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.errors import UserError
from explorer.models.codes import Codes
from precompute.score.accumulator_files import restore, save
from precompute.score.bands import BandsAccumulator
from precompute.score.coactivation import CofiringAccumulator
from precompute.score.histogram import HistogramAccumulator
from precompute.score.monosemanticity import MonosemanticityAccumulator
from precompute.score.reconstruction import ReconstructionAccumulator
from precompute.score.top_images import TopImagesAccumulator

WIDTH, E = 6, 3


def new():
    return {
        "tops": TopImagesAccumulator(WIDTH, k=2),
        "bands": BandsAccumulator(WIDTH, size=2, sample=4),
        "histogram": HistogramAccumulator(WIDTH),
        "reconstruction": ReconstructionAccumulator(E, WIDTH),
        "cofiring": CofiringAccumulator(WIDTH, strongest=3),
        "ms e": MonosemanticityAccumulator(WIDTH, E),
    }


@pytest.fixture
def saved(tmp_path):
    accumulators, generator = new(), torch.Generator().manual_seed(0)
    codes = Codes.from_dense(torch.randn(9, WIDTH, generator=generator).relu())
    vectors = torch.randn(9, E, generator=generator)
    for name in ("tops", "bands"):
        accumulators[name].update(codes, torch.arange(9))
    for name in ("histogram", "cofiring"):
        accumulators[name].update(codes)
    accumulators["reconstruction"].update(vectors, vectors + 1, codes)
    accumulators["ms e"].update(codes, vectors)
    save(accumulators, tmp_path / "part.safetensors")
    return accumulators, tmp_path / "part.safetensors"


def flat(result):
    parts = result.values() if isinstance(result, dict) else result
    return [value for part in parts for value in (flat(part) if isinstance(part, tuple) else [torch.as_tensor(part)])]


def test_restored_accumulators_have_the_same_results(saved):
    accumulators, path = saved
    restored = new()
    restore(restored, path)
    for name, accumulator in accumulators.items():
        for one, other in zip(flat(accumulator.result()), flat(restored[name].result()), strict=True):
            assert torch.equal(one.nan_to_num(9), other.nan_to_num(9)), name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tensors: tensors.pop("histogram._sum"), "lacks the field histogram._sum"),
        (lambda tensors: tensors.update({"histogram._other": torch.zeros(1)}), "unknown field histogram._other"),
        (lambda tensors: tensors.update({"ms dino._total_e": torch.zeros(3)}), "unknown field ms dino._total_e"),
        (lambda tensors: tensors.update({"histogram._max": torch.zeros(WIDTH + 1)}), r"histogram._max is torch.float32 \(7,\)"),
        (lambda tensors: tensors.update({"histogram._max": torch.zeros(WIDTH).double()}), "histogram._max is torch.float64"),
        (lambda tensors: tensors.update({"histogram.images": torch.zeros(2).long()}), r"histogram.images is torch.int64 \(2,\)"),
        (lambda tensors: tensors.update({"tops._largest._keys": torch.zeros(1).long()}), "tops._largest._"),
        (lambda tensors: tensors.update({"cofiring._lists_nk": torch.zeros(9, 4).int()}), r"_lists_nk is torch.int32 \(9, 4\)"),
    ],
)
def test_a_field_that_does_not_fit_is_named_and_nothing_is_loaded(saved, change, words):
    _, path = saved
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    accumulators = new()
    with pytest.raises(UserError, match=words) as refused:
        restore(accumulators, path)
    assert str(path) in str(refused.value)
    assert accumulators["histogram"].images == 0
    assert len(accumulators["tops"].result().neurons) == 0


@pytest.mark.parametrize("content", [None, b"", b"no tensors"])
def test_a_file_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "part.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        restore(new(), path)
