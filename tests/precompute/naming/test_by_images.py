"""Names from images: on the built-in atlas against the truth, on real photographs against their classes, and what cannot be."""

import csv
import shutil

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS
from explorer.errors import UserError
from precompute.__main__ import main
from precompute.naming.by_images import OWN, read_vocabulary
from tests.bench.names import on_photographs, right_names, storybook_names
from tests.precompute.making import BUILT_IN


def test_the_vocabulary_that_ships_is_of_different_words():
    words = read_vocabulary(OWN)
    assert len(words) == len({word.lower() for word in words}) > 1000
    assert {"dog", "traffic light", "striped", "beach", "red"} <= set(words)
    assert all(word == word.strip() and "#" not in word for word in words)


def test_a_vocabulary_of_one_s_own(tmp_path):
    (tmp_path / "mine.txt").write_text("# sea things\nboat\n\n sailing boat \nboat\n", encoding="utf-8")
    assert read_vocabulary(str(tmp_path / "mine.txt")) == [
        "boat",
        "sailing boat",
        "boat",
    ]  # its lines: brought rows are in their order


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), ("boat\nboat\n", "has 1 words"), (b"\xff\xfe\xfa", "cannot be read")]
)
def test_a_vocabulary_that_is_none(tmp_path, content, says):
    path = tmp_path / "mine.txt"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=says):
        read_vocabulary(str(path))


@pytest.mark.slow
def test_real_photographs_are_named_by_their_classes(real, tmp_path, capsys):
    """A CLIP trained on photographs, its own projection as neurons: names are classes, most often those of its images."""
    photos, clip, out = real / "tiny-imagenet-val", real / "models" / "photo-clip", tmp_path / "atlases" / "photos"
    with (photos / "labels.csv").open(newline="") as file:
        called = {row["wnid"]: row["label"].split(",")[0].lower() for row in csv.DictReader(file)}
    folders = sorted(called)[::10]
    for folder in folders:
        shutil.copytree(photos / folder, tmp_path / "photos" / called[folder])
    common = f"--images {tmp_path / 'photos'} --encoder {clip} --similarity {clip} --workers 0"
    assert main(f"atlas {common} --expansion 1 --steps 400 --k 8 --out {out}".split()) == 0
    words = tmp_path / "words.txt"
    words.write_text("\n".join(sorted(set(Atlas(out).neurons["label"]) - {""})), encoding="utf-8")
    assert main(["describe", str(out), "--vocabulary", str(words)]) == 0
    assert "have a name from their images" in capsys.readouterr().out
    atlas = Atlas(out)
    assert atlas.manifest.names is not None
    assert (atlas.manifest.names.model, atlas.manifest.names.words) == ("photo-clip", len(words.read_text().splitlines()))
    clear = atlas.neurons[atlas.neurons["label_share"] > 0.6]
    assert len(clear) >= 8
    assert np.mean(clear["name"] == clear["label"]) > 5 / len(folders)  # by chance one of them
    named, shown = atlas.neurons[atlas.neurons["name"] != ""], atlas.neurons[atlas.neurons["name_score"] >= FITS]
    assert len(shown) >= 8
    assert np.mean(shown["name"] == shown["label"]) > np.mean(named["name"] == named["label"]) + 0.05
    dead = atlas.neurons["max"].to_numpy() == 0
    assert set(atlas.neurons["name"].to_numpy()[dead]) <= {""}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["storybook", "storybook-patches"])
def test_names_of_storybook_s_neurons_are_the_truth_s(name):
    """Named anew by their own encoder: nearly all names that would be shown are true of most of the neuron's strongest scenes."""
    atlas = Atlas(BUILT_IN / name)
    names = storybook_names(atlas)
    right = right_names(atlas, names)
    assert len(right) >= 0.3 * len(atlas)
    assert right.mean() >= 0.95
    assert len({name for name, score in zip(names.names, names.scores, strict=True) if score >= FITS}) >= 40  # of 70 words
    assert np.array_equal(np.isfinite(names.scores), atlas.fires_on() > 0)


@pytest.mark.slow
def test_the_score_tells_on_photographs_and_is_not_the_density(real):
    """With genuine CLIP ViT-B/32 vectors; the figures are those of `tests.bench.names`."""
    figures = on_photographs()
    assert figures["name_auc"] >= 0.8
    assert figures["name_density_spearman"] <= 0.2
    assert figures["names_fitting_pure"] >= 0.8
    assert figures["names_shown"] >= figures["neurons"] / 3


def test_an_encoder_without_texts_needs_another(built, capsys):
    assert main(["describe", str(built)]) == 2
    assert "--text-encoder" in capsys.readouterr().err
    assert Atlas(built).manifest.names is None


@pytest.fixture
def built(tmp_path):
    from tests.explorer.models.tiny import save_tiny
    from tests.precompute.making import draw_pictures

    pictures, encoder = draw_pictures(tmp_path / "pictures", each=20), save_tiny("dinov2", tmp_path / "dino")
    out = tmp_path / "atlases" / "drawn"
    arguments = f"atlas --images {pictures} --encoder {encoder} --similarity {encoder} --sae none --workers 0 --out {out}"
    assert main(arguments.split()) == 0
    return out
