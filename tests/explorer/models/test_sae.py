import json

import pytest
import torch
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.sae import SaeConfig, SparseAutoencoder, sae_config
from explorer.models.sae.files import CONFIG, WEIGHTS, read_sae, write_sae


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


def test_topk_keeps_the_largest_of_each_vector_and_fire_agrees():
    """(v − b_dec) is the vector itself and the encoder the identity, so codes are the vector's two largest positive numbers."""
    sae = SparseAutoencoder(SaeConfig("topk", 3, 3, 2, (3,)))
    with torch.no_grad():
        sae.W_enc.copy_(torch.eye(3))
    v = torch.tensor([[3.0, 1.0, 2.0], [-1.0, -2.0, 5.0]])
    assert_close(sae.encode(v).to_dense(), torch.tensor([[3.0, 0.0, 2.0], [0.0, 0.0, 5.0]]))
    assert_close(sae.fire(v.expand(2, 2, 3), torch.tensor([1, 2])), torch.tensor([[0.0, 0.0], [2.0, 5.0]]))


def test_relu_fires_wherever_it_is_positive():
    sae = SparseAutoencoder(SaeConfig("relu", 2, 2, 1, (2,)))
    with torch.no_grad():
        sae.W_enc.copy_(torch.eye(2))
    assert_close(sae.encode(torch.tensor([[0.01, -4.0]])).to_dense(), torch.tensor([[0.01, 0.0]]))


def test_matryoshka_groups_are_the_papers():
    config = sae_config("matryoshka", 1024, 4, 20)
    assert config.group_sizes == (256, 512, 1024, 2304)
    levels = SparseAutoencoder(config).levels
    assert [int((levels == level).sum()) for level in range(4)] == list(config.group_sizes)


def test_decoder_rows_start_with_unit_norm():
    assert_close(SparseAutoencoder(sae_config("batchtopk", 16, 8, 4)).W_dec.norm(dim=1), torch.ones(128))


def test_save_load_equal(tmp_path):
    sae = hand_made()
    write_sae(sae, tmp_path)
    loaded = read_sae(tmp_path)
    assert loaded.config == sae.config
    assert loaded.threshold == 0.75
    v = torch.randn(9, 2)
    assert torch.equal(loaded.encode(v).to_dense(), sae.encode(v).to_dense())


@pytest.mark.parametrize("damage", ["missing", "json", "shape", "huge", "nan", "truncated"])
def test_damaged_files_are_refused_in_words(tmp_path, damage):
    write_sae(hand_made(), tmp_path)
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
        write_sae(sae, tmp_path)
    else:
        (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes()[:100])
    with pytest.raises(UserError, match="train it again"):
        read_sae(tmp_path)


def test_wrong_width_and_impossible_shapes_are_refused():
    with pytest.raises(UserError, match="2 wide, got 3"):
        hand_made().encode(torch.zeros(1, 3))
    with pytest.raises(UserError, match="--k 50"):
        sae_config("batchtopk", 8, 4, 50)
    with pytest.raises(UserError, match="--k 0: must be 1 to 32"):
        sae_config("batchtopk", 8, 4, 0)
    with pytest.raises(UserError, match="no SAE of kind gated"):
        sae_config("gated", 8, 4, 2)
    with pytest.raises(UserError, match=r"--fractions 0.5 \+ 0.25 = 0.75: must be positive and sum to 1"):
        sae_config("matryoshka", 8, 4, 2, (0.5, 0.25))
    with pytest.raises(UserError, match="must be positive and sum to 1"):
        sae_config("matryoshka", 8, 4, 2, (-0.5, 1.5))
    with pytest.raises(UserError, match="larger expansion"):
        sae_config("matryoshka", 8, 0.5, 1)
    with pytest.raises(UserError, match=r"8 neurons in groups of \(1, 2\)"):
        SaeConfig("matryoshka", 4, 8, 2, (1, 2))
