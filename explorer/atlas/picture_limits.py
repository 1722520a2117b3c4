"""How large a picture may be, judged from its header before anything is unpacked.

The limits keep the growth of memory while a picture is unpacked below 300 MB, whatever the file says. The shares were measured
with Pillow 12.3, as growth of the peak resident set per pixel: most formats take 4 bytes; WebP 15, since its decoder holds two
canvases, a frame and a copy; AVIF 9 to 13, and up to 16 with 12 bits a channel.
"""

from dataclasses import dataclass

from PIL import Image

from explorer.errors import VisitorError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # not EPS, which reaches Ghostscript; nothing rarer
SHARES = {
    "WEBP": 14 / 30,
    "AVIF": 13 / 30,
    "CMYK JPEG": 20 / 30,  # progressive ones hold 2 bytes a sample beside the picture
    "turned TIFF": 15 / 30,  # Pillow turns it whole: twice 4 bytes a pixel
    "digits PPM": 1 / 30,  # read by Python
    "BMP packed by RLE": 1 / 30,  # unpacked by Python: 70 ns a pixel, 500 ns a run
}
FILE_BYTES = 3  # a pixel that is accepted: 8-bit RGB that is not compressed at all
PACKED_BYTES = {
    "digits PPM": 12,
    "JPEG": 1,
    "CMYK JPEG": 1,
    "WEBP": 1,
    "AVIF": 1,
    "BMP packed by RLE": 2,
}  # time goes by bytes: 80 ns each of AVIF
SMALL = 256  # px of the longer side, up to which any shape is accepted: a thumbnail of 50 : 1 is 256 × 5, a longer shape
BLOCK_BYTES = 64 * 2**20  # of one TIFF strip or tile, which libtiff unpacks whole beside the picture
TIFF_PACKINGS = frozenset(
    ("raw", "packbits", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "jpeg", "tiff_ccitt", "group3", "group4")
)  # the others (LZMA, Zstandard, WebP) have windows that the file sizes
_COMPRESSION, _BITS, _SAMPLES, _ROWS, _TILE_WIDTH, _TILE_ROWS, _ORIENTATION = 259, 258, 277, 278, 322, 323, 274  # TIFF 6.0


@dataclass(frozen=True)
class Limits:
    """What a picture may be like."""

    megapixels: float = 30
    """Width × height, in millions; of some formats a share of it, see SHARES."""
    aspect: float = 50
    """The longer side as a multiple of the shorter one."""
    formats: tuple[str, ...] = FORMATS
    """As Pillow names them."""

    @property
    def file_bytes(self) -> int:
        """Size of the file at most."""
        return int(self.megapixels * 1e6 * FILE_BYTES)

    def check_file(self, size: int) -> None:
        """Refuse a file of so many bytes.

        Raises:
            VisitorError: if that is more than is accepted, or none.
        """
        if size == 0:
            raise VisitorError("the file is empty")
        if size > self.file_bytes:
            raise VisitorError(f"a file of {size / 1e6:,.1f} MB is more than the {self.file_bytes / 1e6:,.1f} MB accepted")

    def check_header(self, image: Image.Image, size: int) -> None:
        """Refuse a picture that was opened, from a file of `size` bytes, and not unpacked yet.

        Raises:
            VisitorError: if it has more pixels, more bytes for its kind, or a longer shape, than is accepted.
        """
        width, height = image.size
        kind = _kind(image)
        most = self.megapixels * SHARES.get(kind, 1)
        if width * height > most * 1e6:
            of = f" of {kind}" if kind in SHARES else ""
            raise VisitorError(f"{width} × {height} pixels is more than the {most:g} megapixels accepted{of}")
        if size > (bytes_at_most := PACKED_BYTES.get(kind, FILE_BYTES) * most * 1e6):
            raise VisitorError(
                f"a file of {size / 1e6:,.1f} MB is more than the {bytes_at_most / 1e6:,.1f} MB accepted of {kind}"
            )
        if max(width, height) > max(SMALL, self.aspect * min(width, height)):
            raise VisitorError(f"{width} × {height} pixels is longer than {self.aspect:g} : 1, the longest shape accepted")
        if image.format == "TIFF":
            _check_blocks(image)


VISITOR = Limits()


def _kind(image: Image.Image) -> str:
    if image.format == "BMP" and image.info.get("compression"):
        return "BMP packed by RLE"
    if image.format == "TIFF" and image.tag_v2.get(_ORIENTATION, 1) != 1:  # type: ignore[attr-defined]
        return "turned TIFF"
    if image.format == "PPM" and image.tile and image.tile[0][0] == "ppm_plain":  # type: ignore[attr-defined]
        return "digits PPM"
    if image.format == "JPEG" and image.mode == "CMYK":
        return "CMYK JPEG"
    return image.format or ""


def _check_blocks(image: Image.Image) -> None:
    """Refuse a TIFF whose strips or tiles are larger than the picture, or packed in a way that the file sizes."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    packing = image.info.get("compression")
    if packing not in TIFF_PACKINGS:
        raise VisitorError("a TIFF packed in a way that is not accepted; save it as PNG")
    bits, samples = tags.get(_BITS, (1,)), tags.get(_SAMPLES, 1)
    width = tags.get(_TILE_WIDTH, max(image.size))
    rows = tags.get(_TILE_ROWS, min(tags.get(_ROWS, max(image.size)), image.width * image.height // width))
    if packing != "raw" and width * rows * samples * max(bits) / 8 > BLOCK_BYTES:
        raise VisitorError(f"a TIFF whose strips or tiles take more than {BLOCK_BYTES >> 20} MB each; save it as PNG")
