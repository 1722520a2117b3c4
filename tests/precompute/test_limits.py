"""What extract accepts by its own limits, build reads too."""

import json

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from precompute.__main__ import main
from tests.attacks.picture_files import png
from tests.explorer.models.tiny import save_tiny
from tests.precompute.making import draw_pictures


@pytest.fixture
def world(tmp_path):
    draw_pictures(tmp_path / "pictures", classes=2, each=4)
    (tmp_path / "pictures" / "wide.png").write_bytes(png(600, 10))
    save_tiny("clip", tmp_path / "clip")
    return tmp_path


def make(world, *more: str) -> Atlas:
    source = ["--images", str(world / "pictures"), "--encoder", str(world / "clip"), "--similarity", str(world / "clip")]
    code = main(["atlas", *source, "--sae", "none", "--out", str(world / "atlas"), "--workers", "0", *more])
    assert code == 0
    return Atlas(world / "atlas")


def keys(atlas: Atlas) -> set[str]:
    return {atlas.images.about(image).key for image in atlas.images}


def test_a_wide_picture_is_left_out_as_usual(world):
    atlas = make(world)
    assert "wide.png" not in keys(atlas)
    assert [row.key for row in atlas.manifest.dataset.skipped] == ["wide.png"]


def test_a_wide_picture_that_is_asked_for_reaches_the_atlas(world):
    atlas = make(world, "--max-aspect", "60")
    assert "wide.png" in keys(atlas)
    thumbnail = next(atlas.images.thumbnail(image) for image in atlas.images if atlas.images.about(image).key == "wide.png")
    assert decode_picture(thumbnail or b"").size == (256, 4)


def test_activations_of_before_limits_were_recorded_still_build(world):
    make(world, "--max-aspect", "60")
    for record in (world / "work").glob("extract-*/stage.json"):
        told = json.loads(record.read_text())
        del told["result"]["limits"]
        record.write_text(json.dumps(told))
    for part in world.glob("images-*/part-*"):
        part.unlink()
    assert "wide.png" in keys(make(world, "--max-aspect", "60", "--force"))
