import io
import random

import numpy as np
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import ImageStore, Thumbnail, add_part
from explorer.atlas.novelty import Novelty, colours, novelty_of
from explorer.atlas.pictures import decode_picture, thumbnail
from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from tests.test_assets import ASSETS

pytestmark = pytest.mark.slow


def plain(colour: str) -> Image.Image:
    return Image.new("RGB", (20, 30), colour)


def stored(directory, images) -> ImageStore:
    rows = []
    for number, image in enumerate(images):
        webp, size = thumbnail(image)
        rows.append((Thumbnail(f"{number:032x}", f"{number}.png", "", *size), webp))
    add_part(directory, rows)
    return ImageStore(directory)


def test_colours_by_hand():
    """Left half red, right half black: two bins, each √½."""
    image = plain("black")
    image.paste(plain("red").crop((0, 0, 10, 30)), (0, 0))
    found = colours(image)
    assert sorted(found[found > 0]) == pytest.approx([0.5**0.5, 0.5**0.5])
    assert found @ colours(plain("red")) == pytest.approx(0.5**0.5)
    assert found @ colours(plain("lime")) == 0


def test_mixtures_of_two_colours_are_familiar(tmp_path):
    """100 mixtures of red and blue: another mixture is familiar, green and white are not."""

    def mixture(share: float) -> Image.Image:
        image = plain("blue").resize((256, 256))
        image.paste(plain("red").resize((256, 256)).crop((0, 0, round(256 * share), 256)), (0, 0))
        return image

    novelty = Novelty(stored(tmp_path, [mixture(n / 99) for n in range(100)]))
    assert all(novelty.is_familiar(mixture(share)) for share in (0.111, 0.5, 0.95))
    assert not any(novelty.is_familiar(plain(colour)) for colour in ("lime", "white", "yellow"))


def test_of_few_pictures_nothing_is_said(tmp_path):
    novelty = Novelty(stored(tmp_path, [plain("red")] * 3))
    assert novelty.is_familiar(plain("lime"))
    assert Novelty(ImageStore(tmp_path / "none")).is_familiar(plain("lime"))


def test_its_own_smallest_pictures_are_familiar(tmp_path):
    """Noise of 32 px, whose colours WebP smears."""
    noise = np.random.default_rng(0)
    images = [Image.fromarray(noise.integers(0, 256, (32, 32, 3), dtype=np.uint8)) for _ in range(100)]
    novelty = Novelty(stored(tmp_path, images))
    assert all(novelty.is_familiar(image) for image in images)


@pytest.fixture(scope="module")
def storybook() -> ImageStore:
    return Atlas(ASSETS / "storybook" / "atlases" / "storybook-patches").images


def scenes(count: int) -> list[Image.Image]:
    return [Image.fromarray(render(sample_scene(seed, "heldout")).image) for seed in range(5000, 5000 + count)]


def recompressed(image: Image.Image) -> Image.Image:
    packed = io.BytesIO()
    image.resize((300, 300)).save(packed, "JPEG", quality=75)
    return Image.open(packed).convert("RGB")


def test_scenes_never_shown_are_familiar_to_storybook(storybook):
    novelty = novelty_of(storybook)
    assert np.mean([novelty.is_familiar(scene) for scene in scenes(120)]) > 0.97
    assert np.mean([novelty.is_familiar(recompressed(scene)) for scene in scenes(60)]) > 0.95


def test_photographs_are_not(storybook, real):
    paths = [path for kind in ("jpg", "JPEG", "png") for path in (real / "imagenet-1000").rglob(f"*.{kind}")]
    photographs = random.Random(0).sample(sorted(paths), 120)
    assert np.mean([novelty_of(storybook).is_familiar(decode_picture(path.read_bytes())) for path in photographs]) < 0.05
