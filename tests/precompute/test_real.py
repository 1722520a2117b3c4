"""Real photographs and genuine embeddings through the pipeline; skipped, visibly, where ../shared/real is absent."""

import csv

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import ANYWHERE
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.models.neuron_reader import load_neuron_reader
from precompute.__main__ import main
from precompute.activations import Activations
from tests.precompute.score.test_monosemanticity import double_loop

pytestmark = pytest.mark.slow


def definition(a_ns: np.ndarray, e_ne: np.ndarray) -> np.ndarray:
    """MS of all neurons over all pairs n < m, the pairs as a matrix: the double loop, vectorised over neurons only."""
    unit = e_ne / np.linalg.norm(e_ne, axis=1, keepdims=True)
    pairs = np.triu(unit @ unit.T, 1)
    span = np.ptp(a_ns, axis=0)
    scaled = np.divide(a_ns - a_ns.min(0), span, out=np.zeros_like(a_ns), where=span > 0)
    weight = (scaled * (np.triu(np.ones_like(pairs), 1) @ scaled)).sum(0)
    with np.errstate(invalid="ignore"):
        return np.where((scaled > 0).sum(0) < 2, np.nan, (scaled * (pairs @ scaled)).sum(0) / weight)


@pytest.mark.parametrize(("sae", "neurons"), [("none", 512), ("batchtopk", 512)])
def test_genuine_clip_embeddings_brought_as_activations_and_as_e(sae, neurons, real, tmp_path):
    data, out = real / "clip-vit-b32", tmp_path / "atlases" / "genuine"
    vectors = str(data / "image_embeddings.safetensors")
    arguments = f"--images {data} --labels {data}/labels.csv --activations {vectors} --similarity-embeddings {vectors}"
    assert main(f"atlas {arguments} --sae {sae} --expansion 1 --steps 600 --workers 0 --out {out}".split()) == 0
    atlas = Atlas(out)
    e_ne = load_file(vectors)["image_embeddings"]
    a_ns = e_ne if sae == "none" else load_sae_codes(out, e_ne)
    expected = definition(a_ns.double().numpy(), e_ne.double().numpy())
    assert len(atlas) == neurons
    assert np.isfinite(atlas.ms()).sum() > 100
    assert np.allclose(atlas.ms(), expected, atol=1e-5, rtol=0, equal_nan=True)
    for neuron in (0, int(np.nanargmax(atlas.ms()))):  # and the matrix of pairs is the literal loop
        assert double_loop(a_ns[:, neuron].double().numpy(), e_ne.double().numpy()) == pytest.approx(
            expected[neuron], abs=1e-9, nan_ok=True
        )


def load_sae_codes(atlas, vectors):
    from explorer.models.sae.files import read_sae

    return read_sae(atlas).encode(vectors).to_dense()


@pytest.fixture(scope="module")
def photographs(real, tmp_path_factory):
    """An atlas of 4,000 photographs through the small photo-trained CLIP; K 10, for it is 160 wide, not 768."""
    root = tmp_path_factory.mktemp("photographs")
    with (real / "tiny-imagenet-val" / "labels.csv").open() as file:
        rows = list(csv.reader(file))
    with (root / "some.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows[:4001])
    clip, images = real / "models" / "photo-clip", real / "tiny-imagenet-val"
    arguments = f"--images {images} --labels {root}/some.csv --encoder {clip} --tap 5:cls --similarity {clip} --steps 2000 --k 10"
    assert main(f"atlas {arguments} --out {root}/atlases/photographs".split()) == 0
    return root / "atlases" / "photographs"


def alikeness(atlas: Atlas, neuron: int) -> float:
    """Mean cosine of the colours of a neuron's top photographs, 6×6 pixels each: a measure that no encoder had a part in."""
    pictures = [decode_picture(atlas.images.thumbnail(top.image) or b"").resize((6, 6)) for top in atlas.top_images(neuron)]
    colours = np.stack([np.asarray(picture, np.float64).ravel() - 128 for picture in pictures])
    colours /= np.linalg.norm(colours, axis=1, keepdims=True)
    return float((colours @ colours.T)[np.triu_indices(len(colours), 1)].mean())


def test_the_best_neurons_photographs_look_alike_and_the_worst_ones_do_not(photographs):
    atlas = Atlas(photographs)
    assert atlas.manifest.metrics.r2 is not None
    assert atlas.manifest.metrics.r2 > 0.7
    ranked = atlas.page(Query(size=len(atlas), images=16)).neurons
    assert len(ranked) > 100
    best, worst = ([alikeness(atlas, neuron) for neuron in some] for some in (ranked[:40], ranked[-40:]))
    assert np.mean(best) > np.mean(worst) + 0.05


def test_a_photograph_fires_the_neurons_it_is_listed_for(photographs, real):
    atlas = Atlas(photographs)
    reader = load_neuron_reader(atlas, ANYWHERE)
    for neuron in atlas.page(Query(images=16, size=5)).neurons:
        top = atlas.top_images(neuron)[0]
        picture = decode_picture((real / "tiny-imagenet-val" / atlas.images.about(top.image).key).read_bytes())
        fired = {f.neuron: f for f in reader.read(picture, limit=len(atlas))}
        assert fired[neuron].activation == pytest.approx(top.activation, rel=1e-3)


@pytest.mark.parametrize("kind", ["clip", "dinov2"])
def test_true_size_models_on_mixed_sizes(kind, real, tmp_path):
    """Engineering check with RANDOM weights: true-size ViT-B/32 CLIP and DINOv2-small run on photographs of any size."""
    from tests.precompute.true_size import save_true_size

    source = save_true_size(kind, tmp_path / kind)
    with (real / "imagenet-1000" / "labels.csv").open() as file:
        rows = list(csv.reader(file))
    with (tmp_path / "some.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows[:1] + rows[1:1001:25])
    arguments = ["--images", str(real / "imagenet-1000"), "--labels", str(tmp_path / "some.csv"), "--encoder", str(source)]
    assert main(["extract", *arguments, "--tap", "11:patches", "--batch-size", "8", "--out", str(tmp_path / "acts")]) == 0
    stored = Activations(tmp_path / "acts")
    assert (stored.images, stored.tokens, stored.width) == {"clip": (40, 49, 768), "dinov2": (40, 256, 384)}[kind]
    assert stored.of_images(torch.arange(40)).isfinite().all()
