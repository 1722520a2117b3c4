import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from explorer.atlas.picture_exif import orientation
from explorer.atlas.picture_limits import FORMATS, Limits
from explorer.atlas.picture_parts import plain
from explorer.atlas.pictures import decode_picture, picture_hash, thumbnail
from explorer.errors import UserError
from tests.attacks.picture_bombs import bombs, turned
from tests.attacks.pictures import bomb_figures, fuzz_figures


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


def test_limits_are_judged_from_the_header(monkeypatch):
    """One pixel more, or one pixel longer, is refused; and nothing is unpacked for it."""
    limits = Limits(megapixels=0.09, aspect=3)
    assert decode_picture(packed(Image.new("RGB", (300, 300))), limits).size == (300, 300)
    assert decode_picture(packed(Image.new("RGB", (450, 150))), limits).size == (450, 150)
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", lambda image: pytest.fail("unpacked"))
    for size, words in (((300, 301), "300 × 301 pixels is more than the 0.09 megapixels"), ((451, 150), "longer than 3 : 1")):
        with pytest.raises(UserError, match=words) as refused:
            decode_picture(packed(Image.new("RGB", size)), limits)
        assert refused.value.public == str(refused.value)


def test_large_files_are_refused_unread():
    limits = Limits(megapixels=0.001)
    with pytest.raises(UserError, match="MB accepted"):
        decode_picture(b"\x89PNG" + bytes(3000), limits)


@pytest.mark.parametrize("size", [(256, 1), (1, 200)])
def test_small_pictures_may_have_any_shape(size):
    """Thumbnails of pictures within the limits have such shapes, and are decoded as pictures are."""
    assert decode_picture(packed(Image.new("RGB", size))).size == size


def test_thumbnails_of_the_longest_pictures_are_pictures():
    assert decode_picture(thumbnail(Image.new("RGB", (4096, 82)))[0]).size == (256, 5)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_format_is_turned_as_its_exif_says(kind, orientation):
    image = Image.effect_noise((64, 48), 90).convert("RGB")
    data = packed(image, kind, exif=turned(orientation))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(np.asarray(decode_picture(data)), np.asarray(expected.convert("RGB")))


@pytest.mark.parametrize("orientation", [1, 6])
def test_xmp_turns_where_there_is_no_exif(orientation):
    xmp = f'<x tiff:Orientation="{orientation}"/>'.encode()
    image = Image.new("RGB", (40, 20))
    size = (40, 20) if orientation == 1 else (20, 40)
    assert decode_picture(packed(image, "JPEG", xmp=xmp)).size == size
    assert decode_picture(packed(image, "WEBP", xmp=xmp)).size == size


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L", "LA", "I;16", "P", "F"])
def test_ordinary_pictures_stay_as_they_are(mode):
    """Of the largest size that is not reduced, strip by strip equals whole."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (2047, 1100, 4), dtype=np.uint8), "RGBA")
    image = Image.fromarray(rng.integers(0, 65536, (2047, 1100), dtype=np.uint16)) if mode == "I;16" else image.convert(mode)
    whole = image
    if mode == "I;16":
        whole = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    elif mode in ("RGBA", "LA"):
        whole = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    data = packed(image, "TIFF", compression="tiff_lzw")
    assert np.array_equal(np.asarray(decode_picture(data)), np.asarray(whole.convert("RGB")))


@pytest.mark.parametrize("size", [(2048, 3001), (4097, 900), (4300, 4299)])
def test_large_pictures_are_reduced_by_a_whole_number(size):
    rng = np.random.default_rng(0)
    image = Image.fromarray(np.kron(rng.integers(0, 256, (27, 27, 4), dtype=np.uint8), np.ones((160, 160, 1), np.uint8)))
    image = image.crop((0, 0, *size))
    decoded = decode_picture(packed(image, "PNG", compress_level=1))
    factor = max(-(-min(size) // 2047), -(-max(size) // 4096))
    white = Image.alpha_composite(Image.new("RGBA", size, "white"), image).convert("RGB")
    assert np.array_equal(np.asarray(decoded), np.asarray(white.reduce(factor)))
    assert (min(decoded.size) <= 2047, max(decoded.size) <= 4096) == (True, True)


def test_large_jpegs_are_unpacked_small():
    image = Image.linear_gradient("L").resize((4200, 2800)).convert("RGB")
    decoded = decode_picture(packed(image, "JPEG", quality=95))
    assert decoded.size == (2100, 1400)
    assert np.abs(np.asarray(decoded).astype(int) - np.asarray(image.reduce(2)).astype(int)).max() <= 4


def test_ppm_where_it_is_asked_for():
    """Binary ones as large as others; those in digits, which Python reads, small ones; and no endless comments."""
    limits = Limits(formats=(*FORMATS, "PPM"))
    grey = b"P5 # a comment\n2 1 255 " + bytes([0, 200])
    assert np.asarray(decode_picture(grey, limits))[0, :, 0].tolist() == [0, 200]
    assert decode_picture(b"P2 2 1 255 0 200", limits).size == (2, 1)
    for data, words in (
        (grey.replace(b"a", b"a" * 9999), "4,096 bytes"),
        (b"P2 1100 1000 255 0", "1 megapixels accepted of digits PPM"),
    ):
        with pytest.raises(UserError, match=words):
            decode_picture(data, limits)
    with pytest.raises(UserError, match="not a picture"):
        decode_picture(grey)


def test_apng_gives_its_first_frame():
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "blue")]
    data = packed(frames[0], save_all=True, append_images=frames[1:])
    assert decode_picture(data).getpixel((1, 1)) == (255, 0, 0)


QUICK = {name: bomb for name, bomb in bombs().items() if bomb.quick}


@pytest.mark.parametrize("name", [name for name, bomb in QUICK.items() if bomb.refused])
def test_bombs_are_refused(name):
    with pytest.raises(UserError) as refused:
        decode_picture(QUICK[name].make())
    assert refused.value.public
    assert "/" not in refused.value.public


@pytest.mark.parametrize("name", [name for name in QUICK if "exif" in name.lower() or "texts" in name or "profile" in name])
def test_what_decides_no_pixel_is_left_out(name):
    """Such parts never reach Pillow, so that their size is nothing to it."""
    data = QUICK[name].make()
    if not QUICK[name].refused and not name.startswith("webp"):  # libwebp walks WebP in C
        assert len(plain(data).data) < 150_000
        assert not any(part in plain(data).data for part in (b"Exif\0\0", b"iTXt", b"iCCP", b"eXIf"))


@pytest.mark.slow
def test_memory_stays_within_bounds():
    """The worst that are quickly made, in the app and through extract, each in a process of its own."""
    chosen = (
        "png 25,000 × 1",
        "png 100 megapixels of 16-bit RGBA",
        "png RGBA",
        "png interlaced 16-bit RGBA",
        "png long",
        "bmp RLE",
    )
    found = bomb_figures([*chosen, "png with texts, at the largest", "tiff of five million strips", "avif with greedy EXIF"])
    assert found["misjudged"] == []
    assert found["bomb_growth_mb"] <= 300
    assert len(found["bombs"]) == 18


def test_any_bytes_give_a_picture_or_a_refusal():
    assert fuzz_figures(500)["example"] == ""


@given(st.binary(max_size=200))
def test_orientations_are_read_from_any_bytes(exif):
    assert 1 <= orientation(b"II*\0" + exif) <= 8


def test_thumbnails_keep_the_aspect_and_never_grow():
    webp, size = thumbnail(Image.new("RGB", (1024, 512), "red"))
    assert size == (256, 128)
    assert decode_picture(webp).size == (256, 128)
    assert thumbnail(Image.new("RGB", (30, 20)))[1] == (30, 20)


def test_hash_is_of_the_bytes():
    assert picture_hash(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
