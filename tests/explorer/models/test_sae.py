import json

import pytest
import torch
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.sae import CONFIG, WEIGHTS, SaeConfig, SparseAutoencoder, batch_topk, sae_config


def hand_made() -> SparseAutoencoder:
    """Two inputs, three neurons, every number chosen: neuron 0 reads x, neuron 1 reads y, neuron 2 reads −x."""
    sae = SparseAutoencoder(SaeConfig("matryoshka", 2, 3, 1, (1, 2)))
    with torch.no_grad():
        sae.W_enc.copy_(torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]))
        sae.W_dec.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
        sae.b_enc.copy_(torch.tensor([0.0, -0.5, 0.0]))
        sae.b_dec.copy_(torch.tensor([1.0, 0.0]))
        sae.threshold.fill_(0.75)
    return sae


def test_encode_by_hand():
    # v − b_dec = (2, 2) → z = (2, 1.5, 0); (0.5, 1) → (0.5, 0.5, 0), all under the threshold; (−3, 0) → (0, 0, 3)
    codes = hand_made().encode(torch.tensor([[3.0, 2.0], [1.5, 1.0], [-2.0, 0.0]]))
    assert_close(codes.to_dense(), torch.tensor([[2.0, 1.5, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 3.0]]))


def test_decode_and_prefixes_by_hand():
    sae = hand_made()
    codes = sae.encode(torch.tensor([[3.0, 2.0], [-2.0, 0.0]]))
    assert_close(sae.decode(codes), torch.tensor([[3.0, 1.5], [-2.0, 0.0]]))
    coarse, whole = sae.decode_prefixes(codes)
    assert_close(coarse, torch.tensor([[3.0, 0.0], [1.0, 0.0]]))  # neuron 0 alone; a silent vector gives b_dec
    assert_close(whole, sae.decode(codes))


def test_fire_is_encode_for_one_neuron():
    torch.manual_seed(0)
    sae = SparseAutoencoder(sae_config("batchtopk", 6, 4, 3))
    sae.threshold.fill_(0.3)
    v_ptd = torch.randn(5, 7, 6)
    neurons = torch.tensor([0, 3, 3, 23, 11])
    expected = torch.stack([sae.encode(v_td).to_dense()[:, neuron] for v_td, neuron in zip(v_ptd, neurons, strict=True)])
    assert_close(sae.fire(v_ptd, neurons), expected)


def test_batch_topk_keeps_the_largest_of_the_whole_batch():
    z = torch.tensor([[5.0, 1.0, 4.0], [0.0, 2.0, 0.0]])
    assert_close(batch_topk(z, 1).to_dense(), torch.tensor([[5.0, 0.0, 4.0], [0.0, 0.0, 0.0]]))  # 2 · 1 kept, both in row 0
    assert_close(batch_topk(z, 3).to_dense(), z)  # 6 asked, zeros are never kept
    assert len(batch_topk(z, 3).values) == 4


def test_gradients_flow_through_kept_values_only():
    z = torch.tensor([[5.0, 1.0], [3.0, 2.0]], requires_grad=True)
    batch_topk(z, 1).values.sum().backward()
    assert z.grad is not None
    assert z.grad.tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_matryoshka_groups_are_the_papers():
    config = sae_config("matryoshka", 1024, 4, 20)
    assert config.group_sizes == (256, 512, 1024, 2304)
    levels = SparseAutoencoder(config).levels
    assert [int((levels == level).sum()) for level in range(4)] == list(config.group_sizes)


def test_decoder_rows_start_with_unit_norm():
    assert_close(SparseAutoencoder(sae_config("batchtopk", 16, 8, 4)).W_dec.norm(dim=1), torch.ones(128))


def test_save_load_equal(tmp_path):
    sae = hand_made()
    sae.save(tmp_path)
    loaded = SparseAutoencoder.load(tmp_path)
    assert loaded.config == sae.config
    assert loaded.threshold == 0.75
    v = torch.randn(9, 2)
    assert torch.equal(loaded.encode(v).to_dense(), sae.encode(v).to_dense())


@pytest.mark.parametrize("damage", ["missing", "json", "shape", "huge", "nan", "truncated"])
def test_damaged_files_are_refused_in_words(tmp_path, damage):
    hand_made().save(tmp_path)
    if damage == "missing":
        (tmp_path / WEIGHTS).unlink()
    elif damage == "json":
        (tmp_path / CONFIG).write_text("{")
    elif damage == "shape":
        fields = json.loads((tmp_path / CONFIG).read_text())
        (tmp_path / CONFIG).write_text(json.dumps(fields | {"width": 3}))
    elif damage == "huge":  # terabytes, if it were believed
        fields = json.loads((tmp_path / CONFIG).read_text())
        (tmp_path / CONFIG).write_text(json.dumps(fields | {"width": 10**6, "neurons": 10**6, "group_sizes": [10**6]}))
    elif damage == "nan":
        sae = hand_made()
        sae.threshold.fill_(float("nan"))
        sae.save(tmp_path)
    else:
        (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:100])
    with pytest.raises(UserError, match="train it again"):
        SparseAutoencoder.load(tmp_path)


def test_wrong_width_and_impossible_shapes_are_refused():
    with pytest.raises(UserError, match="2 wide, got 3"):
        hand_made().encode(torch.zeros(1, 3))
    with pytest.raises(UserError, match="--k 50"):
        sae_config("batchtopk", 8, 4, 50)
    with pytest.raises(UserError, match="--k 0: must be 1 to 32"):
        sae_config("batchtopk", 8, 4, 0)
    with pytest.raises(UserError, match="larger expansion"):
        sae_config("matryoshka", 8, 0.5, 1)
    with pytest.raises(UserError, match=r"8 neurons in groups of \(1, 2\)"):
        SaeConfig("matryoshka", 4, 8, 2, (1, 2))
