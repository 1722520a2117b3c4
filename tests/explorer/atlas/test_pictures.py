import io

import numpy as np
import pytest
from PIL import Image

from explorer.atlas import pictures
from explorer.atlas.pictures import decode_picture, open_picture, picture_hash, thumbnail
from explorer.errors import UserError


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_exif_rotation_is_applied():
    image = Image.new("RGB", (6, 2), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    assert decode_picture(packed(image, "JPEG", exif=exif)).size == (2, 6)


def test_sixteen_bit_grey_keeps_its_levels():
    levels = np.array([[0, 32896, 65535]], dtype=np.uint16)
    assert np.asarray(decode_picture(packed(Image.fromarray(levels))))[0, :, 0].tolist() == [0, 128, 255]


def test_transparency_goes_over_white():
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 255, 255))
    decoded = decode_picture(packed(image))
    assert decoded.getpixel((0, 0)) == (255, 255, 255)
    assert decoded.getpixel((1, 0)) == (0, 0, 255)


def test_palettes_cmyk_grey_and_one_bit():
    red = Image.new("RGB", (4, 4), (200, 10, 10))
    for data in (packed(red.convert("P")), packed(red.convert("CMYK"), "TIFF"), packed(red.convert("CMYK"), "JPEG")):
        decoded = decode_picture(data)
        assert decoded.mode == "RGB"
        assert np.allclose(decoded.getpixel((1, 1)), (200, 10, 10), atol=12)
    assert decode_picture(packed(red.convert("L"))).mode == "RGB"
    assert decode_picture(packed(Image.new("1", (2, 2), 1))).getpixel((0, 0)) == (255, 255, 255)


def test_animations_give_their_first_frame():
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "blue")]
    decoded = decode_picture(packed(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert decoded.getpixel((1, 1)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"GIF89a", "not a picture|damaged"), (b"hello" * 100, "not a picture")]
)
def test_what_is_no_picture(data, words):
    with pytest.raises(UserError, match=words):
        decode_picture(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_cut_off_files(kind):
    data = packed(Image.effect_noise((64, 64), 90).convert("RGB"), kind)
    with pytest.raises(UserError):
        decode_picture(data[: len(data) // 2])


def test_bombs_are_refused_before_they_unpack(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 99)
    with pytest.raises(UserError, match="10 × 10 pixels"):
        decode_picture(packed(Image.new("RGB", (10, 10))))
    assert decode_picture(packed(Image.new("RGB", (9, 11)))).size == (9, 11)


def test_missing_files(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        open_picture(tmp_path / "none.png")


def test_thumbnails_keep_the_aspect_and_never_grow():
    webp, size = thumbnail(Image.new("RGB", (1024, 512), "red"))
    assert size == (256, 128)
    assert decode_picture(webp).size == (256, 128)
    assert thumbnail(Image.new("RGB", (30, 20)))[1] == (30, 20)


def test_hash_is_of_the_bytes():
    assert picture_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
