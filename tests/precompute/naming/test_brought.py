"""Names from brought vectors: an atlas of known classes, named by text vectors in the same space; and what cannot be."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS
from explorer.operations.names import neuron_name
from precompute.__main__ import main
from tests.precompute.making import draw_pictures

WORDS = [
    "# of the three classes",
    "stone",
    "zero",
    "",
    "sand",
    "one",
    "one",
    "two",
    "everything",
]  # a comment, a gap, a word twice
CLASSES, WIDTH = 3, 8
ROWS = {"stone": 5, "zero": 0, "sand": 6, "one": 1, "two": 2}  # word → the axis that it lies along


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A directory with an atlas whose neurons 0 to 2 fire on one class each and 7 on all images, and with the words' vectors."""
    home = tmp_path_factory.mktemp("brought")
    pictures = draw_pictures(home / "pictures", classes=CLASSES, each=24)
    files = sorted(path.relative_to(pictures) for path in pictures.rglob("*.png"))[::-1]  # another order than the folder's
    rows = [f"{file},{file.parent}" for file in files]
    (home / "labels.csv").write_text("\n".join(["file,label", *rows]), encoding="utf-8")
    vectors = torch.rand(len(files), WIDTH, generator=torch.Generator().manual_seed(0)) * 0.1
    vectors[range(len(files)), [int(str(file.parent)[-1]) for file in files]] += 1
    vectors[:, 7] += 1
    vectors[:, 3:7] *= -1  # neurons that never fire
    save_file({"rows": vectors}, home / "vectors.safetensors")
    save_file({"rows": _words()}, home / "words.safetensors")
    (home / "words.txt").write_text("\n".join(WORDS), encoding="utf-8")
    brought = f"--images {pictures} --labels {home}/labels.csv --activations {home}/vectors.safetensors"
    e = f"--similarity-embeddings {home}/vectors.safetensors --sae none --workers 0"
    assert main(f"atlas {brought} {e} --out {home}/atlases/mine".split()) == 0
    return home


def _words():
    """A row for each line of WORDS that is a word: along its axis, `everything` along what all images share."""
    lines = [line for line in WORDS if line and not line.startswith("#")]
    return torch.stack([torch.eye(WIDTH)[ROWS.get(line, 7)] * (2 + row) for row, line in enumerate(lines)])


@pytest.fixture
def home(made, tmp_path):
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def describe(home, *options):
    return main(["describe", str(home / "atlases" / "mine"), "--work", str(home / "nothing"), *options])


def texts(home):
    return ["--text-embeddings", f"{home}/words.safetensors", "--vocabulary", f"{home}/words.txt"]


def test_each_neuron_has_the_name_of_its_class(home, capsys):
    assert describe(home, *texts(home)) == 0
    assert "4 neurons of atlas mine have a name from their images, 3 a clear one" in capsys.readouterr().out
    atlas = Atlas(home / "atlases" / "mine")
    assert [neuron_name(atlas, neuron).name for neuron in range(CLASSES)] == ["zero", "one", "two"]
    assert {neuron_name(atlas, neuron).source for neuron in range(CLASSES)} == {"images"}
    scores = atlas.neurons["name_score"].to_numpy()
    assert (scores[:CLASSES] > 0.8).all()
    assert scores[7] < FITS  # fires on everything
    assert neuron_name(atlas, 7).source != "images"
    dead = np.isnan(scores)
    assert dead.tolist() == (atlas.neurons["max"] == 0).tolist()
    assert set(atlas.neurons["name"][dead]) == {""}
    names = atlas.manifest.names
    assert names is not None
    assert (names.model, names.words, names.score) == ("words.safetensors", 6, "fit")


@pytest.mark.parametrize("named", [False, True], ids=["found beside the atlas", "named"])
def test_the_images_vectors_are_found_or_named(home, named):
    (extracted,) = (home / "atlases" / "work").glob("extract-*")
    if named:
        extracted.rename(home / "elsewhere")
        assert describe(home, *texts(home), "--image-embeddings", str(home / "elsewhere")) == 0
    else:
        extracted.rename(home / "atlases" / "vectors")
        assert describe(home, *texts(home)) == 0
    assert Atlas(home / "atlases" / "mine").neurons["name"][:CLASSES].tolist() == ["zero", "one", "two"]


def refused(home, capsys, *options):
    """The one sentence on stderr; the atlas is as it was."""
    capsys.readouterr()
    assert describe(home, *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert Atlas(home / "atlases" / "mine").manifest.names is None
    return error


def test_texts_that_do_not_fit(home, capsys):
    good = _words()
    zero, nan, infinite = good.clone(), good.clone(), good.clone()
    zero[3], nan[2, 1], infinite[0, 0] = 0, torch.nan, torch.inf
    for matrices, says in (
        ({"rows": good[:, :5] + 1}, ("5 wide", "have 8")),
        ({"rows": good[:-1]}, ("6 rows for 7 words",)),
        ({"rows": torch.cat([good, good])}, ("14 rows for 7 words",)),
        ({"rows": nan}, ("NaN",)),
        ({"rows": infinite}, ("NaN or infinite",)),
        ({"rows": zero}, ("row 3 is zero",)),
        ({"rows": good[:0]}, ("0 rows for 7 words",)),
        ({"rows": good, "more": good.clone()}, ("exactly one matrix (words × width)", "more", "rows")),
        ({"rows": good[0]}, ("exactly one matrix",)),
    ):
        save_file({name: matrix.contiguous() for name, matrix in matrices.items()}, home / "words.safetensors")
        error = refused(home, capsys, *texts(home))
        assert all(part in error for part in ("words.safetensors", *says)), error
    (home / "words.safetensors").write_bytes(b"no safetensors")
    assert "not a readable safetensors file" in refused(home, capsys, *texts(home))


def test_options_that_do_not_go_together(home, capsys):
    embeddings, vocabulary = texts(home)[:2], texts(home)[2:]
    assert "needs --vocabulary" in refused(home, capsys, *embeddings)
    assert "needs --text-embeddings" in refused(home, capsys, *vocabulary, "--image-embeddings", str(home))
    assert "give one of them" in refused(home, capsys, *texts(home), "--text-encoder", "openai/clip-vit-base-patch32")
    for options in ([], vocabulary):  # nothing is asked of the Hub, and no other option is blamed
        error = refused(home, capsys, *options)
        assert all(part in error for part in ("were brought (vectors.safetensors)", "--text-embeddings", "--vocabulary"))
        assert "--encoder" not in error


def test_images_vectors_that_do_not_fit(home, capsys):
    extracted = next((home / "atlases" / "work").glob("extract-*"))
    assert "is not the output of `extract`" in refused(home, capsys, *texts(home), "--image-embeddings", str(home))
    few = f"--images {home}/pictures/class0 --activations {home}/few.safetensors --out {home}/few --workers 0"
    save_file({"rows": torch.rand(24, WIDTH)}, home / "few.safetensors")
    assert main(f"extract {few}".split()) == 0
    error = refused(home, capsys, *texts(home), "--image-embeddings", str(home / "few"))
    assert "lacks" in error
    assert "of atlas mine" in error
    shutil.rmtree(extracted)
    error = refused(home, capsys, *texts(home))
    assert "neither in --work" in error
    assert "--image-embeddings" in error


def test_another_atlas_s_vectors_are_not_taken(home):
    """Vectors of the same images by other weights lie beside the atlas; they are passed over."""
    other = f"--images {home}/pictures --labels {home}/labels.csv --activations {home}/other.safetensors --workers 0"
    save_file({"rows": torch.rand(24 * CLASSES, WIDTH)}, home / "other.safetensors")
    assert main(f"extract {other} --out {home}/nothing/a-first".split()) == 0
    assert describe(home, *texts(home)) == 0
    assert Atlas(home / "atlases" / "mine").neurons["name"][:CLASSES].tolist() == ["zero", "one", "two"]
