"""From pictures to an atlas in one go, as the command line does it."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import MANIFEST
from explorer.atlas.pictures import decode_picture
from explorer.atlas.query import Query
from explorer.atlas.search import VectorIndex
from explorer.errors import UserError
from explorer.models.neuron_reader import load_neuron_reader
from explorer.models.sae import SparseAutoencoder, sae_config
from explorer.models.sae.importing import export_sae
from precompute.__main__ import main
from tests.explorer.models.tiny import save_tiny
from tests.precompute.making import draw_pictures
from tests.precompute.score.test_monosemanticity import double_loop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder with drawn pictures, an encoder, a similarity encoder, and a place for atlases."""
    root = tmp_path_factory.mktemp("world")
    draw_pictures(root / "pictures")
    save_tiny("clip", root / "clip")
    save_tiny("dinov2", root / "dino", seed=3)
    return root


def build(world, name, *more, expect=0, encoder="clip"):
    source = ["--encoder", str(world / encoder)] if encoder else []
    code = main(
        ["atlas", "--images", str(world / "pictures"), *source, "--out", str(world / "atlases" / name), "--workers", "0", *more]
    )
    assert code == expect
    return world / "atlases" / name


@pytest.fixture(scope="module")
def patches(world):
    return build(
        world,
        "patches",
        "--tap",
        "1:patches",
        "--similarity",
        str(world / "dino"),
        str(world / "clip"),
        "--steps",
        "600",
        "--k",
        "4",
    )


def test_its_scores_are_the_definitions(patches, world):
    """MS by both similarity encoders, recomputed from the encoders' own outputs by the double loop."""
    atlas = Atlas(patches)
    reader = load_neuron_reader(atlas)
    pictures = [decode_picture(path.read_bytes()) for path in sorted((world / "pictures").rglob("*.png"))]
    a_ns = np.zeros((len(pictures), len(atlas)))
    for number, picture in enumerate(pictures):
        for fired in reader.read(picture, limit=len(atlas)):
            a_ns[number, fired.neuron] = fired.activation
    from explorer.models.encoders.loading import load_encoder

    assert atlas.similarities == ["dino", "clip"]
    for name in atlas.similarities:
        encoder = load_encoder(str(world / name), "cpu")
        e_ne = torch.cat([encoder.embed(encoder.prepare([picture])) for picture in pictures]).double().numpy()
        expected = np.array([double_loop(a_ns[:, neuron], e_ne) for neuron in range(len(atlas))])
        assert np.allclose(atlas.ms(name), expected, atol=1e-4, equal_nan=True)
    assert np.isfinite(atlas.ms()).sum() > 5
    assert np.allclose(atlas.neurons["density"], (a_ns > 0).mean(0), atol=1e-6)
    assert np.allclose(atlas.neurons["max"], a_ns.max(0), atol=1e-4)


def test_top_images_and_their_patches_are_what_fires(patches, world):
    atlas = Atlas(patches)
    reader = load_neuron_reader(atlas)
    neuron = atlas.page(Query(sort="activation")).neurons[0]
    by_hash = {image: world / "pictures" / atlas.images.about(image).key for image in atlas.images}
    maps = atlas.patches(neuron)
    assert maps is not None
    for top, patch in list(zip(atlas.top_images(neuron), maps, strict=True))[:5]:
        fired = next(f for f in reader.read(decode_picture(by_hash[top.image].read_bytes()), limit=99) if f.neuron == neuron)
        assert fired.activation == pytest.approx(top.activation, rel=1e-3)
        assert fired.patches is not None
        assert np.allclose(fired.patches, patch, atol=1e-2)
        assert patch.max() == pytest.approx(top.activation, rel=1e-2)
        assert top.image in atlas.images


def test_the_manifest_tells_what_was_done(patches):
    manifest = Atlas(patches).manifest
    assert (manifest.encoder.name, manifest.encoder.source, manifest.encoder.local) == ("clip", "../../clip", True)
    assert (manifest.tap.name, manifest.tap.tokens, manifest.tap.grid, manifest.tap.crop) == ("1:patches", 16, (4, 4), 1.0)
    assert manifest.sae.kind == "matryoshka"
    assert manifest.sae.group_sizes == (4, 8, 16, 36)
    assert manifest.metrics.r2 is not None
    assert manifest.metrics.r2 > 0.3
    assert "/" not in json.dumps(
        manifest.model_dump(exclude={"encoder": {"source"}, "similarity": True, "versions": True, "created": True})
    )


def test_nearest_neurons_are_the_closest_directions_of_those_that_fire(patches):
    atlas = Atlas(patches)
    dead = atlas.fires_on() == 0
    assert dead.any()
    assert (~dead).sum() > 9
    directions = load_file(patches / "sae.safetensors")["W_dec"].numpy()
    cosine = directions @ directions.T
    np.fill_diagonal(cosine, -2)
    cosine[:, dead] = -2
    for neuron in (0, 17, 63, int(np.flatnonzero(dead)[0])):
        assert list(atlas.neuron(neuron)["nearest"]) == np.argsort(-cosine[neuron], kind="stable")[:8].tolist()
    assert VectorIndex(patches / "directions.faiss", 64).width == 16


def test_bands_are_images_it_fires_on(patches, world):
    atlas = Atlas(patches)
    neuron = atlas.page(Query(sort="density")).neurons[0]
    assert atlas.bands(neuron) == ["top", "q90", "q50", "random"]
    strongest = atlas.top_images(neuron)[0].activation
    for band in ("q90", "q50", "random"):
        activations = [top.activation for top in atlas.top_images(neuron, band=band)]
        assert activations == sorted(activations, reverse=True)
        assert 0 < len(activations) <= 8
        assert all(0 < activation <= strongest for activation in activations)


def test_labels_are_the_commonest_of_the_top_images(patches):
    atlas = Atlas(patches)
    for neuron in range(len(atlas)):
        labels = [atlas.images.about(top.image).label for top in atlas.top_images(neuron)]
        row = atlas.neuron(neuron)
        assert labels.count(row["label"]) == max(map(labels.count, labels), default=0)
        assert float(row["label_share"]) == pytest.approx(labels.count(row["label"]) / len(labels) if labels else 0)


def test_other_atlases_share_activations_and_thumbnails(patches, world, capsys):
    before = {path: path.stat().st_mtime_ns for path in (world / "atlases" / "work").rglob("shard-*")}
    none = build(
        world, "baseline", "--tap", "1:patches", "--similarity", str(world / "dino"), "--sae", "none", "--pooling", "mean"
    )
    assert "finished already" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in (world / "atlases" / "work").rglob("shard-*")} == before
    baseline = Atlas(none)
    assert len(baseline) == 16
    assert baseline.manifest.metrics.r2 is None
    assert list(baseline.neuron(0)["nearest"]) == []
    assert baseline.images.directory == Atlas(patches).images.directory
    assert all(top.image in baseline.images for neuron in range(16) for top in baseline.top_images(neuron))
    assert not (none / "sae.safetensors").exists()


def test_train_on_one_image_set_score_on_another(world):
    draw_pictures(world / "more", each=20)
    more = [
        "--train-images",
        str(world / "more"),
        "--steps",
        "50",
        "--k",
        "2",
        "--tap",
        "projection",
        "--similarity",
        str(world / "dino"),
    ]
    atlas = Atlas(build(world, "split", *more))
    assert atlas.manifest.dataset.images == 36
    assert atlas.manifest.sae.kind == "matryoshka"


def test_brought_activations_and_embeddings(world):
    torch.manual_seed(0)
    vectors, embeddings = torch.randn(36, 6), torch.randn(36, 5)
    save_file({"x": vectors}, world / "mine.safetensors")
    save_file({"x": embeddings}, world / "e.safetensors")
    more = [
        "--activations",
        str(world / "mine.safetensors"),
        "--similarity-embeddings",
        str(world / "e.safetensors"),
        "--sae",
        "none",
    ]
    atlas = Atlas(build(world, "brought", *more, encoder=None))
    expected = [double_loop(vectors[:, neuron].double().numpy(), embeddings.double().numpy()) for neuron in range(6)]
    assert np.allclose(atlas.ms(), expected, atol=1e-5)
    assert atlas.manifest.encoder.library == "none"
    with pytest.raises(UserError, match="brought activations"):
        load_neuron_reader(atlas)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--images", "nowhere"], "no such directory"),
        (["--encoder", "no/such-model"], "neither a model directory nor a model on the Hub"),
        (["--tap", "3:cls"], "blocks of clip are 0 to 2"),
        (["--tap", "first"], "no such tap"),
        (["--similarity", "no/such-model"], "--similarity no/such-model: neither"),
        (["--train-images", "nowhere"], "--train-images nowhere: there is no such directory"),
        (["--threads", "-1"], "--threads -1: must be at least 0"),
        (["--activations", "missing.safetensors"], "missing.safetensors"),
        (["--similarity-embeddings", "{world}/short.safetensors"], "35 rows for 36 images"),
        (["--k", "999"], "--k 999"),
        (["--k", "0"], "--k 0: must be at least 1"),
        (["--steps", "0"], "--steps 0: must be at least 1"),
        (["--steps", "-5"], "--steps -5: must be at least 1"),
        (["--batch-size", "0"], "--batch-size 0: must be at least 1"),
        (["--workers", "-1"], "--workers -1: must be at least 0"),
        (["--expansion", "0.01"], "larger expansion"),
        (["--expansion", "-1"], "larger expansion"),
        (["--labels", "{world}/none.csv"], "none.csv"),
        (["--work", "{world}/atlases/never/work"], "lies in --out"),
        (["--work", "{world}/short.safetensors/work"], "Not a directory"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(more, words, world, capsys):
    save_file({"x": torch.randn(35, 3)}, world / "short.safetensors")
    more = [text.format(world=world) for text in more]
    similarity = [] if "--similarity" in more else ["--similarity", str(world / "dino")]
    out = build(world, "never", "--steps", "5", *similarity, *more, expect=2)
    said = capsys.readouterr().err.strip().split("\n")[-1]
    assert said.startswith("error: ")
    assert words in said
    assert not out.exists()


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_vectors_that_are_all_equal_are_no_nan(value, world, capsys):
    save_file({"x": torch.full((36, 6), value)}, world / "equal.safetensors")
    more = ["--activations", str(world / "equal.safetensors"), "--similarity", str(world / "dino")]
    build(world, "equal", *more, encoder=None, expect=2)
    said = capsys.readouterr().err.strip().split("\n")[-1]
    assert f"all 36 vectors are {'equal' if value else 'zero'}" in said
    assert "NaN" not in said


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--k", "5000"], "--k 5000: must be 1 to 48"),
        (["--expansion", "0"], "larger expansion"),
        (["--fractions", "0.5", "0.6"], "0.5 + 0.6 = 1.1: must be positive and sum to 1"),
        (["--steps", "0"], "--steps 0"),
        (["--sae", "gated"], "gated: there is no such file"),
        (["--sae", "{world}/narrow.pt"], "reads vectors 3 wide, got 12"),
        (["--train-images", "nowhere"], "--train-images nowhere"),
        (["--similarity", "no/such-model"], "--similarity no/such-model"),
        (["--similarity-embeddings", "{world}/short.safetensors"], "35 rows for 36 images"),
    ],
)
def test_what_is_wrong_is_told_before_an_image_is_read(more, words, world, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("precompute.stages.extract.run", lambda config: pytest.fail("an image was read"))
    save_file({"x": torch.randn(35, 3)}, world / "short.safetensors")
    narrow = SparseAutoencoder(sae_config("batchtopk", 3, 2, 2))
    export_sae(narrow, "dictionary_learning", world / "narrow.pt")
    similarity = [] if "--similarity" in more else ["--similarity", str(world / "dino")]
    build(world, "never", "--work", str(tmp_path), *similarity, *[text.format(world=world) for text in more], expect=2)
    assert words in capsys.readouterr().err


def test_it_is_told_first_what_will_be_done(world, tmp_path, capsys):
    """Two 1-token readings: the projection of clip, 12 numbers, and of dino, 16: 36 images × 28 numbers × 4 bytes is 4 kB."""
    build(world, "told", "--similarity", str(world / "dino"), "--steps", "5", "--k", "4", "--work", str(tmp_path))
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith("atlas: reads clip: 36 images × 1 × 12 numbers, dino: 36 images × 1 × 16 numbers; 0.0 MB on disk, ")
    assert re.search(r"the models take about \d+ s$", first)
    assert re.fullmatch(r"atlas: trains 48 neurons, 5 steps of 4 vectors; 0.0 MB on disk, about 1 s", second)


def test_an_atlas_is_not_overwritten_without_force(patches, world, capsys):
    before = (patches / MANIFEST).read_bytes()
    more = ["--tap", "projection", "--similarity", str(world / "dino"), "--steps", "20", "--k", "2"]
    build(world, "patches", *more, expect=2)
    assert "--force" in capsys.readouterr().err
    assert (patches / MANIFEST).read_bytes() == before


def test_force_replaces_it(world):
    more = ["--similarity", str(world / "dino"), "--steps", "20", "--k", "2"]
    first = build(world, "replaced", "--tap", "projection", *more)
    assert Atlas(first).manifest.tap.name == "projection"
    build(world, "replaced", "--tap", "1:cls", "--force", *more)
    assert Atlas(first).manifest.tap.name == "1:cls"


def test_an_encoder_that_changed_is_noticed(world):
    more = ["--tap", "projection", "--similarity", str(world / "dino"), "--steps", "20", "--k", "2"]
    save_tiny("vit", world / "changing", seed=1)
    atlas = Atlas(build(world, "changing", *more, encoder="changing"))
    load_neuron_reader(atlas).read(decode_picture(next((world / "pictures").rglob("*.png")).read_bytes()))
    save_tiny("vit", world / "changing", seed=2)
    with pytest.raises(UserError, match="other weights"):
        load_neuron_reader(atlas)
    rebuilt = Atlas(build(world, "changing", *more, "--force", encoder="changing"))  # not from what the old weights gave
    assert rebuilt.manifest.encoder.weights != atlas.manifest.encoder.weights
    load_neuron_reader(rebuilt)


def test_names_that_are_no_slugs(world, tmp_path):
    """Directories with spaces and letters of any script, two of one name: every E keeps a column of its own."""
    first, second = (save_tiny("vit", tmp_path / place / "mein Gerät №1", seed=seed) for seed, place in enumerate("ab"))
    atlas = Atlas(build(world, "names", "--similarity", str(first), str(second), "--steps", "20", "--k", "2"))
    assert atlas.similarities == ["mein-Ger-t--1", "mein-Ger-t--1-2"]
    assert not np.allclose(atlas.ms(atlas.similarities[0]), atlas.ms(atlas.similarities[1]), equal_nan=True)


@pytest.mark.parametrize("arguments", [["--help"], [], ["nonsense"], ["train", "--help"], ["train"], ["train", "--k", "many"]])
def test_the_command_line_helps(arguments):
    ran = subprocess.run([sys.executable, "-m", "precompute", *arguments], capture_output=True, text=True, timeout=120)
    assert ran.returncode == (0 if "--help" in arguments else 2)
    assert "Traceback" not in ran.stderr
    assert "train" in ran.stdout + ran.stderr
