import os
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from torch.testing import assert_close

from explorer.atlas.pictures import decode_picture, picture_hash
from explorer.errors import UserError
from explorer.models.encoders.loading import load_encoder
from explorer.models.taps import Tap
from precompute import image_batches
from precompute.activations import Activations, all_images
from precompute.stage_record import finished
from precompute.stages import extract
from precompute.stages.extract import Extract
from tests.attacks.picture_files import png
from tests.explorer.models.tiny import save_tiny
from tests.precompute.making import draw_pictures


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return draw_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_tiny("clip", tmp_path_factory.mktemp("model")))


@pytest.mark.parametrize("tap", ["1:cls", "2:patches", "projection"])
@pytest.mark.parametrize("workers", [0, 2])
def test_it_stores_what_the_encoder_gives(tap, workers, pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "SHARD_IMAGES", 10)
    extract.run(Extract(tmp_path / "a", str(pictures), model, tap, batch_size=4, workers=workers, seed=5))
    stored = Activations(tmp_path / "a")
    encoder = load_encoder(model, "cpu")
    keys = stored.table["key"].tolist()
    assert keys == sorted(path.relative_to(pictures).as_posix() for path in pictures.rglob("*.png"))
    assert stored.table["label"].tolist() == [key.split("/")[0] for key in keys]
    for image in (0, 9, 10, 35):  # the ends of shards too
        data = (pictures / keys[image]).read_bytes()
        expected = encoder.read(encoder.prepare([decode_picture(data)]), Tap.parse(tap))
        assert_close(stored.of_images(torch.tensor([image])), expected, atol=1e-5, rtol=1e-4)
        assert stored.table["hash"].tolist()[image] == picture_hash(data)
    assert len(stored) == 36 * stored.tokens == 36 * encoder.tokens(Tap.parse(tap))


def test_random_tokens_are_tokens_of_the_image_drawn_by_seed_and_image_alone(pictures, model, tmp_path, monkeypatch):
    """Whatever the batches, the workers and the shards are; and not the same places in every image."""
    every = Extract(tmp_path / "every", str(pictures), model, "0:patches")
    extract.run(every)
    drawn = replace(every, out=tmp_path / "drawn", tap="0:random:2", batch_size=4, workers=2, seed=5)
    extract.run(drawn)
    monkeypatch.setattr(extract, "SHARD_IMAGES", 10)
    extract.run(replace(drawn, out=tmp_path / "again", batch_size=7, workers=0))
    extract.run(replace(drawn, out=tmp_path / "other", seed=6))
    patches, two, again, other = (
        Activations(tmp_path / name).of_images(torch.arange(36)) for name in ("every", "drawn", "again", "other")
    )
    place = torch.cdist(two, patches)  # to each patch of the same image
    assert_close(place.amin(2), torch.zeros(36, 2), atol=1e-3, rtol=0)
    places = place.argmin(2)
    assert (places[:, 0] != places[:, 1]).all()
    assert len({tuple(sorted(row)) for row in places.tolist()}) > 9
    assert_close(again, two, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(other, two, atol=1e-2)


def test_batches_are_the_images_in_order(pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "SHARD_IMAGES", 10)
    extract.run(Extract(tmp_path / "a", str(pictures), model, "2:patches"))
    stored = Activations(tmp_path / "a")
    batches = list(stored.batches(vectors=7 * stored.tokens))
    assert torch.cat([batch.images for batch in batches]).tolist() == list(range(36))
    assert_close(torch.cat([batch.vectors for batch in batches]), stored.of_images(torch.arange(36)))
    assert max(len(batch.images) for batch in batches) == 7


def test_a_killed_run_goes_on_and_ends_the_same(pictures, model, tmp_path, monkeypatch):
    monkeypatch.setattr(extract, "SHARD_IMAGES", 10)
    extract.run(Extract(tmp_path / "whole", str(pictures), model, "1:cls"))
    written = []

    def killed(directory, number, vectors, table):
        if number == 2:
            raise KeyboardInterrupt
        written.append(number)
        extract_write(directory, number, vectors, table)

    extract_write = extract.write_shard
    monkeypatch.setattr(extract, "write_shard", killed)
    with pytest.raises(KeyboardInterrupt):
        extract.run(Extract(tmp_path / "killed", str(pictures), model, "1:cls"))
    with pytest.raises(UserError, match="unfinished"):
        Activations(tmp_path / "killed")
    monkeypatch.setattr(extract, "write_shard", lambda d, n, v, t: (written.append(n), extract_write(d, n, v, t)))
    extract.run(Extract(tmp_path / "killed", str(pictures), model, "1:cls"))
    assert written == [0, 1, 2, 3]  # none twice
    whole, resumed = Activations(tmp_path / "whole"), Activations(tmp_path / "killed")
    assert torch.equal(whole.of_images(torch.arange(36)), resumed.of_images(torch.arange(36)))
    assert whole.fingerprint == resumed.fingerprint


def test_unusable_pictures_are_skipped_and_listed(pictures, model, tmp_path, capsys):
    folder = tmp_path / "pictures"
    shutil.copytree(pictures, folder)
    (folder / "class0" / "00.png").write_bytes(b"")
    (folder / "class1" / "03.png").write_bytes(b"no picture at all")
    (folder / "class2" / "11.png").write_bytes((pictures / "class2" / "11.png").read_bytes()[:300])
    extract.run(Extract(tmp_path / "a", str(folder), model, "1:cls"))
    result = finished(tmp_path / "a", "extract")["result"]
    reasons = {row["key"]: row["reason"] for row in result["skipped"]}
    assert set(reasons) == {"class0/00.png", "class1/03.png", "class2/11.png"}
    assert reasons["class0/00.png"] == "the file is empty"
    assert (result["images"], len(Activations(tmp_path / "a").table)) == (33, 33)
    assert "skipped class1/03.png: not a picture" in capsys.readouterr().out
    assert all_images(tmp_path / "a")["index"].tolist() == list(range(36))  # numbers stay, whatever is skipped
    whole = tmp_path / "whole"
    extract.run(Extract(whole, str(pictures), model, "1:cls"))
    assert_close(Activations(tmp_path / "a").of_images(torch.tensor([32])), Activations(whole).of_images(torch.tensor([34])))


def test_what_is_no_ordinary_picture_is_skipped_with_its_reason(pictures, model, tmp_path):
    """Nothing waits for a pipe, and what is too large is known by its header or its size."""
    folder = tmp_path / "pictures"
    shutil.copytree(pictures / "class0", folder)
    os.mkfifo(folder / "pipe.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    (folder / "strip.png").write_bytes(png(25_000, 1))
    (folder / "wide.png").write_bytes(png(600, 10))
    (folder / "grey.pgm").write_bytes(b"P5 2 2 255 " + bytes(4))
    with (folder / "film.png").open("wb") as file:
        file.truncate(10**10)
    extract.run(Extract(tmp_path / "a", str(folder), model))
    result = finished(tmp_path / "a", "extract")["result"]
    reasons = {row["key"]: row["reason"] for row in result["skipped"]}
    assert set(reasons) == {"pipe.png", "zero.png", "strip.png", "wide.png", "film.png"}
    assert reasons["pipe.png"] == reasons["zero.png"] == "not a regular file"
    assert "longer than 50 : 1" in reasons["strip.png"]
    assert "10,000.0 MB" in reasons["film.png"]
    assert result["images"] == 13


def test_limits_are_options_and_decide_the_run_where_they_differ(pictures, model, tmp_path):
    folder = tmp_path / "pictures"
    shutil.copytree(pictures / "class0", folder)
    (folder / "wide.png").write_bytes(png(600, 10))
    usual = Extract(tmp_path / "a", str(folder), model)
    wider, fewer = replace(usual, out=tmp_path / "b", max_aspect=60), replace(usual, out=tmp_path / "c", max_megapixels=1)
    extract.run(usual)
    extract.run(wider)
    assert (len(Activations(tmp_path / "a")), len(Activations(tmp_path / "b"))) == (12, 13)
    assert finished(tmp_path / "b", "extract")["result"]["limits"] == {"max_megapixels": 30, "max_aspect": 60}
    requests = [extract.request(config) for config in (usual, wider, fewer)]
    assert [set(request) - set(requests[0]) for request in requests] == [set(), {"max_aspect"}, {"max_megapixels"}]


@pytest.mark.parametrize("limits", [{"max_megapixels": 0.5}, {"max_megapixels": 500}, {"max_aspect": 0}])
def test_limits_that_cannot_be(limits, pictures, model, tmp_path):
    with pytest.raises(UserError, match="must be at"):
        extract.run(Extract(tmp_path / "a", str(pictures), model, **limits))


def test_large_pictures_wait_for_the_encoder_one_at_a_time(pictures, model, tmp_path, monkeypatch):
    """They are prepared in turns, and give what they give together."""
    extract.run(Extract(tmp_path / "together", str(pictures), model, workers=0))
    monkeypatch.setattr(image_batches, "PIXELS_AT_ONCE", 2000)
    extract.run(Extract(tmp_path / "turns", str(pictures), model, workers=0))
    together, turns = Activations(tmp_path / "together"), Activations(tmp_path / "turns")
    assert torch.equal(together.of_images(torch.arange(36)), turns.of_images(torch.arange(36)))


def test_brought_activations_follow_the_pictures(pictures, tmp_path):
    vectors = torch.randn(36, 5)
    save_file({"anything": vectors}, tmp_path / "mine.safetensors")
    folder = tmp_path / "pictures"
    shutil.copytree(pictures, folder)
    (folder / "class0" / "01.png").write_bytes(b"broken")
    extract.run(Extract(tmp_path / "a", str(folder), activations=tmp_path / "mine.safetensors"))
    stored = Activations(tmp_path / "a")
    assert torch.equal(stored.of_images(torch.arange(35))[:, 0], torch.cat([vectors[:1], vectors[2:]]))
    assert stored.record["result"]["encoder"]["library"] == "none"


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"a": torch.zeros(35, 4)}, "35 rows for 36 images"),
        ({"a": torch.zeros(36, 4), "b": torch.zeros(36, 4)}, "exactly one matrix"),
        ({"a": torch.zeros(36)}, r"exactly one matrix .* found a \(36\): save it alone"),
        ({"a": torch.zeros(36, 7, 4)}, r"found a \(36 × 7 × 4\): take one vector an image"),
        ({"a": torch.full((36, 4), float("nan"))}, "NaN"),
        (None, "not a readable safetensors"),
    ],
)
def test_brought_files_that_do_not_fit(tensors, words, pictures, tmp_path):
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"{}") if tensors is None else save_file(tensors, path)
    with pytest.raises(UserError, match=words):
        extract.run(Extract(tmp_path / "a", str(pictures), activations=path))
    assert not (tmp_path / "a" / "stage.json").exists()


def test_vectors_come_from_one_place(pictures, model, tmp_path):
    save_file({"a": torch.randn(36, 4)}, tmp_path / "mine.safetensors")
    with pytest.raises(UserError, match=r"--encoder .* and --activations .*mine\.safetensors: .* leave one of the two out"):
        extract.run(Extract(tmp_path / "a", str(pictures), model, activations=tmp_path / "mine.safetensors"))
    assert not (tmp_path / "a").exists()


def test_an_offset_is_warned_of(pictures, tmp_path, capsys):
    save_file({"a": torch.randn(36, 4)}, tmp_path / "plain.safetensors")
    save_file({"a": torch.randn(36, 4) + torch.tensor([0, 0, 3e6, 0])}, tmp_path / "offset.safetensors")
    for name in ("plain", "offset"):
        extract.run(Extract(tmp_path / name, str(pictures), activations=tmp_path / f"{name}.safetensors"))
    (warning,) = (line for line in capsys.readouterr().err.splitlines() if "warning" in line)
    assert "1 of 4 dimensions have an offset of more than 10⁵ standard deviations (dimension 2:" in warning


def test_nothing_usable(model, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").write_bytes(b"x")
    with pytest.raises(UserError, match="none of 1 images"):
        extract.run(Extract(tmp_path / "a", str(tmp_path / "pictures"), model))
