"""Import and export as stages: from a trained SAE to another library's file and back, on activations."""

import pytest
import torch
from safetensors.torch import load_file

from explorer.errors import UserError
from explorer.models.sae import SaeConfig, SparseAutoencoder
from explorer.models.sae.files import read_sae, write_sae
from precompute.__main__ import main
from precompute.stage_record import finished
from precompute.stages.export_sae import ExportSae
from precompute.stages.export_sae import run as run_export
from precompute.stages.import_sae import ImportSae
from precompute.stages.import_sae import run as run_import
from tests.precompute.making import save_activations

IDENTITY = {"W_enc": torch.eye(4), "b_enc": torch.zeros(4), "W_dec": torch.eye(4), "b_dec": torch.zeros(4)}


def perfect(kind: str = "batchtopk", k: int = 2) -> SparseAutoencoder:
    """Each neuron reads and writes one dimension, so vectors of positive numbers come back as they are."""
    return SparseAutoencoder.from_state(SaeConfig(kind, 4, 4, k, (4,)), IDENTITY | {"threshold": torch.tensor(0.0)})


@pytest.fixture
def acts(tmp_path):
    """Of four numbers three are positive in each vector."""
    vectors = torch.rand(40, 1, 4, generator=torch.Generator().manual_seed(0)) + 0.1
    vectors[:, 0, 3] = 0
    return save_activations(tmp_path / "acts", vectors)


def test_an_exported_sae_is_imported_and_tried(acts, tmp_path, capsys):
    write_sae(perfect(), tmp_path / "ours")
    run_export(ExportSae(tmp_path / "ours", tmp_path / "ae.pt"))
    run_import(ImportSae(acts, str(tmp_path / "ae.pt"), tmp_path / "sae"))
    assert read_sae(tmp_path / "sae").config == perfect().config
    for name, tensor in load_file(tmp_path / "ours" / "sae.safetensors").items():
        assert torch.equal(tensor, load_file(tmp_path / "sae" / "sae.safetensors")[name])
    result = finished(tmp_path / "sae", "train")["result"]
    assert (result["r2"], result["l0"]) == (1.0, 3.0)
    assert "it explains 100% of the variance with 3.0 neurons each" in capsys.readouterr().out
    run_import(ImportSae(acts, str(tmp_path / "ae.pt"), tmp_path / "sae"))
    assert "finished already" in capsys.readouterr().out


def test_k_is_counted_where_the_file_has_none(acts, tmp_path):
    write_sae(perfect("relu", k=1), tmp_path / "ours")
    run_export(ExportSae(tmp_path / "ours", tmp_path / "lens", to="sae_lens"))
    run_import(ImportSae(acts, str(tmp_path / "lens"), tmp_path / "sae"))
    assert read_sae(tmp_path / "sae").config.k == 3


def test_an_sae_of_other_vectors_is_told(acts, tmp_path, capsys):
    sae = perfect()
    sae.W_dec.neg_()
    write_sae(sae, tmp_path / "ours")
    run_export(ExportSae(tmp_path / "ours", tmp_path / "ae.pt"))
    run_import(ImportSae(acts, str(tmp_path / "ae.pt"), tmp_path / "sae"))
    assert "it was trained on other vectors, so check encoder, tap and preprocessing" in capsys.readouterr().out


def test_another_width_is_refused_and_nothing_is_written(tmp_path):
    write_sae(perfect(), tmp_path / "ours")
    run_export(ExportSae(tmp_path / "ours", tmp_path / "ae.pt"))
    acts = save_activations(tmp_path / "wide", torch.randn(20, 1, 7))
    with pytest.raises(UserError, match="this SAE reads vectors 4 wide, got 7"):
        run_import(ImportSae(acts, str(tmp_path / "ae.pt"), tmp_path / "sae"))
    assert not (tmp_path / "sae").exists()


def test_the_command_line_refuses_what_is_there(tmp_path, capsys):
    write_sae(perfect(), tmp_path / "ours")
    arguments = ["export-sae", "--sae", str(tmp_path / "ours"), "--out", str(tmp_path / "ours" / "sae.json")]
    assert main(arguments) == 2
    assert "is there already; name another or add --force" in capsys.readouterr().err
