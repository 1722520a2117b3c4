"""Very wide and tall pictures are cut to their middle before an encoder that crops resizes them."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from explorer.models.encoders.base import middle
from explorer.models.encoders.loading import load_encoder
from tests.explorer.models.test_encoders import save_open_clip
from tests.explorer.models.tiny import save_tiny


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.fixture(scope="module", params=["transformers", "open_clip"])
def encoder(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp(request.param)
    made = save_tiny("clip", directory) if request.param == "transformers" else save_open_clip("own", directory)
    return load_encoder(str(made), "cpu")


def pixels(encoder: Any, image: Image.Image) -> torch.Tensor:
    return encoder.prepare([image])["pixel_values"]


def as_the_library_does(encoder: Any, image: Image.Image) -> torch.Tensor:
    return encoder.prepare.args[0]([image])["pixel_values"]


@pytest.mark.parametrize("size", [(60, 40), (40, 120), (120, 40), (33, 33), (1, 1), (3, 1)])
def test_ordinary_shapes_are_untouched(encoder, size):
    image = noise(*size)
    assert middle(image) is image
    assert torch.equal(pixels(encoder, image), as_the_library_does(encoder, image))


@pytest.mark.parametrize("size", [(401, 40), (400, 40), (40, 401), (64, 1000)])
def test_long_shapes_give_what_the_whole_would(encoder, size):
    """Up to a rounding of the crop, by one pixel of the resized picture."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    assert_close(pixels(encoder, image), as_the_library_does(encoder, image), atol=0.06, rtol=0)


def test_the_middle_stays_in_the_middle():
    for size, cut in (((401, 40), (121, 40)), ((40, 1000), (40, 120)), ((25_000, 1), (4, 1)), ((1, 25_001), (1, 3))):
        assert middle(Image.new("RGB", size)).size == cut
    image = Image.new("RGB", (401, 40))
    image.putpixel((200, 7), (255, 0, 0))
    assert middle(image).getpixel((60, 7)) == (255, 0, 0)


def test_a_strip_is_prepared(encoder):
    """Resized whole, it would be 800,000 px wide."""
    assert pixels(encoder, Image.new("RGB", (25_000, 1))).shape == (1, 3, 32, 32)


def test_workers_receive_it(encoder):
    image = noise(400, 40)
    assert torch.equal(pickle.loads(pickle.dumps(encoder.prepare))([image])["pixel_values"], pixels(encoder, image))


def test_encoders_that_see_the_whole_picture_get_it(tmp_path):
    encoder = load_encoder(str(save_tiny("siglip", tmp_path)), "cpu")
    plain, edged = Image.new("RGB", (400, 40)), Image.new("RGB", (400, 40))
    edged.paste("red", (0, 0, 100, 40))
    assert not torch.equal(pixels(encoder, plain), pixels(encoder, edged))
