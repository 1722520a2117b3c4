"""SAEs of other libraries: files in their layouts, made here by torch and safetensors as their own code writes them
(dictionary_learning 0.1.0: torch.save of the state dict; SAELens 6.54: `save_model`; saev 0.1: `dump`)."""

import json
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import relu
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.sae import SaeConfig, SparseAutoencoder
from explorer.models.sae.importing import FORMATS, export_sae, import_sae

D, N, K = 5, 12, 3
DRAW = torch.Generator().manual_seed(0)
W_ENC, W_DEC = torch.randn(D, N, generator=DRAW), torch.nn.functional.normalize(torch.randn(N, D, generator=DRAW), dim=1)
B_ENC, B_DEC = torch.randn(N, generator=DRAW) / 5, torch.randn(D, generator=DRAW)
V = 2 * torch.randn(30, D, generator=DRAW)
Z = relu((V - B_DEC) @ W_ENC + B_ENC)  # by the formula that all three libraries share
THRESHOLD = torch.tensor(0.7)
PLAIN = {"W_enc": W_ENC, "b_enc": B_ENC, "W_dec": W_DEC, "b_dec": B_DEC}
LINEAR = {"encoder.weight": W_ENC.T, "encoder.bias": B_ENC, "decoder.weight": W_DEC.T}
BATCHTOPK = LINEAR | {"b_dec": B_DEC, "k": torch.tensor(K, dtype=torch.int), "threshold": THRESHOLD}
MATRYOSHKA = PLAIN | {"k": torch.tensor(K, dtype=torch.int), "threshold": THRESHOLD, "group_sizes": torch.tensor([2, 4, 6])}


def saved(path, state):
    torch.save({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return str(path)


def sae_lens(directory, state, **settings):
    directory.mkdir(exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, directory / "sae_weights.safetensors")
    common = {"d_in": D, "d_sae": N, "dtype": "float32", "apply_b_dec_to_input": True, "normalize_activations": "none"}
    (directory / "cfg.json").write_text(json.dumps(common | settings))
    return str(directory)


def top(z: torch.Tensor) -> torch.Tensor:
    return z * (z >= z.sort(1, descending=True).values[:, [K - 1]])


def reads(source: str, z: torch.Tensor, decoded: torch.Tensor | None = None) -> SparseAutoencoder:
    """Import and check that it encodes and decodes as the formula does."""
    sae = import_sae(source)
    codes = sae.encode(V)
    assert_close(codes.to_dense(), z)
    assert_close(sae.decode(codes), z @ W_DEC + B_DEC if decoded is None else decoded)
    for neuron in (0, N - 1):
        assert_close(sae.fire(V[None], torch.tensor([neuron]))[0], z[:, neuron])
    return sae


def test_matryoshka_of_dictionary_learning(tmp_path):
    sae = reads(saved(tmp_path / "ae.pt", MATRYOSHKA), Z * (Z > 0.7))
    assert sae.config == SaeConfig("matryoshka", D, N, K, (2, 4, 6))


def test_batchtopk_of_dictionary_learning(tmp_path):
    sae = reads(saved(tmp_path / "ae_100000.pt", BATCHTOPK), Z * (Z > 0.7))
    assert sae.config == SaeConfig("batchtopk", D, N, K, (N,))


def test_topk_of_dictionary_learning_is_told_by_its_config(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "config.json").write_text(json.dumps({"trainer": {"dict_class": "AutoEncoderTopK"}}))
    assert reads(saved(tmp_path / "checkpoints" / "ae.pt", BATCHTOPK), top(Z)).config.kind == "topk"


def test_relu_of_dictionary_learning(tmp_path):
    assert reads(saved(tmp_path / "ae.pt", LINEAR | {"bias": B_DEC}), Z).config.kind == "relu"


def test_a_threshold_that_was_never_learnt_is_zero(tmp_path):
    reads(saved(tmp_path / "ae.pt", MATRYOSHKA | {"threshold": torch.tensor(-1.0)}), Z)


def test_sae_lens_standard_and_topk(tmp_path):
    assert reads(sae_lens(tmp_path / "a", PLAIN, architecture="standard"), Z).config.kind == "relu"
    assert reads(sae_lens(tmp_path / "b", PLAIN, architecture="topk", k=K), top(Z)).config.k == K


def test_sae_lens_jumprelu_with_a_threshold_for_each_neuron(tmp_path):
    each = torch.linspace(0.1, 1.5, N)
    reads(sae_lens(tmp_path / "each", PLAIN | {"threshold": each}, architecture="jumprelu"), Z * (each < Z))
    one = import_sae(sae_lens(tmp_path / "one", PLAIN | {"threshold": torch.full((N,), 0.7)}, architecture="jumprelu"))
    assert one.threshold.shape == ()


def test_sae_lens_without_b_dec_at_the_input(tmp_path):
    z = relu(V @ W_ENC + B_ENC)
    reads(sae_lens(tmp_path / "sae", PLAIN, architecture="standard", apply_b_dec_to_input=False), z)


def test_sae_lens_rescaled_by_the_decoders_norm(tmp_path):
    """Its `encode` ranks and returns pre-activations times ‖W_dec‖, its `decode` divides by it again."""
    norms = torch.linspace(0.5, 2, N)
    source = sae_lens(
        tmp_path / "sae",
        PLAIN | {"W_dec": W_DEC * norms[:, None]},
        architecture="topk",
        k=K,
        rescale_acts_by_decoder_norm=True,
    )
    z = top(Z * norms)
    reads(source, z, decoded=(z / norms) @ (W_DEC * norms[:, None]) + B_DEC)


def test_saev(tmp_path):
    with open(tmp_path / "sae.pt", "wb") as file:
        file.write((json.dumps({"d_vit": D, "exp_factor": 2}) + "\n").encode())
        torch.save(PLAIN, file)
    assert reads(str(tmp_path / "sae.pt"), Z).config.kind == "relu"


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("kind", ["matryoshka", "batchtopk", "topk", "relu"])
def test_what_is_exported_comes_back(kind, to, tmp_path):
    groups = (2, 4, 6) if kind == "matryoshka" else (N,)
    state = PLAIN | {"threshold": THRESHOLD if kind in ("matryoshka", "batchtopk") else torch.tensor(0.0)}
    sae = SparseAutoencoder.from_state(SaeConfig(kind, D, N, K, groups), state)
    (tmp_path / "config.json").write_text(json.dumps({"trainer": {"dict_class": "AutoEncoderTopK" if kind == "topk" else ""}}))
    export_sae(sae, to, tmp_path / "out")
    assert_close(import_sae(str(tmp_path / "out")).encode(V).to_dense(), sae.encode(V).to_dense())


def test_exports_load_in_their_own_classes(tmp_path):
    trainers = pytest.importorskip("dictionary_learning.trainers.matryoshka_batch_top_k")
    plain = pytest.importorskip("dictionary_learning.trainers.batch_top_k")
    for kind, groups, theirs in [
        ("matryoshka", (2, 4, 6), trainers.MatryoshkaBatchTopKSAE),
        ("batchtopk", (N,), plain.BatchTopKSAE),
    ]:
        sae = SparseAutoencoder.from_state(SaeConfig(kind, D, N, K, groups), PLAIN | {"threshold": THRESHOLD})
        export_sae(sae, "dictionary_learning", tmp_path / "ae.pt")
        assert_close(theirs.from_pretrained(tmp_path / "ae.pt").encode(V), sae.encode(V).to_dense())


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("its code ran",))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(pickle.dumps({"W_enc": Evil()})), "holds more than tensors, and would run code"),
        (lambda path: torch.save({"W_enc": Evil()}, path), "holds more than tensors, and would run code"),
        (lambda path: saved(path, {n: t for n, t in MATRYOSHKA.items() if n != "b_enc"}), "has no 'b_enc'"),
        (lambda path: saved(path, MATRYOSHKA | {"W_dec": W_DEC.T}), r"do not fit one another: .*W_dec \(5, 12\)"),
        (lambda path: saved(path, MATRYOSHKA | {"W_enc": W_ENC / 0}), "NaN or infinite weights"),
        (lambda path: saved(path, MATRYOSHKA | {"group_sizes": torch.tensor([2, 4])}), "groups of"),
        (lambda path: saved(path, MATRYOSHKA | {"k": torch.tensor(99)}), "must be 1 to 12"),
        (lambda path: saved(path, MATRYOSHKA | {"threshold": torch.ones(7)}), r"its threshold is \(7,\)"),
        (lambda path: torch.save([1, 2], path), "holds no tensors by name"),
        (lambda path: path.write_text("hello"), "no SAE that can be read|would run code"),
        (lambda path: path.write_bytes(b""), "no SAE that can be read"),
        (lambda path: sae_lens(path, PLAIN, architecture="gated"), "architecture is gated"),
        (lambda path: sae_lens(path, PLAIN, architecture="standard", normalize_activations="layer_norm"), "layer_norm"),
        (lambda path: path.mkdir(), "cfg.json"),
        (lambda path: None, "there is no such file"),
    ],
)
def test_bad_files_are_one_sentence_and_nothing_is_loaded(make, words, tmp_path):
    make(tmp_path / "sae")
    with pytest.raises(UserError, match=words) as refused:
        import_sae(str(tmp_path / "sae"))
    assert "\n" not in str(refused.value)


def test_a_name_on_the_hub_that_cannot_be_had(monkeypatch):
    monkeypatch.setattr("explorer.models.hub._away", lambda endpoint: True)
    with pytest.raises(UserError, match="neither here nor to be had from the Hub"):
        import_sae("nobody-there/nothing/ae.pt")
