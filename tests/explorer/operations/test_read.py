"""read: order, region, and what the SAE misses, each against the dense formula; and that a known picture is not encoded again."""

from copy import copy

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import TapInfo
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage, named
from explorer.operations.read import patch_grid, read

SIDE = 40


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


@pytest.fixture(scope="module")
def image() -> NamedImage:
    return named(Image.fromarray(np.random.default_rng(5).integers(0, 255, (SIDE, SIDE, 3), np.uint8)))


@pytest.fixture(scope="module")
def dense(atlas, pool, image) -> dict[str, torch.Tensor]:
    """The tokens of the image, their codes and what these reconstruct, by full matrices."""
    reader = pool.neuron_reader(atlas)
    v = reader.encoder.read(reader.encoder.prepare([image.load()]), reader.tap)[0]
    sae = reader.sae
    z = torch.relu((v - sae.b_dec) @ sae.W_enc + sae.b_enc)
    z = z * (z > sae.threshold)
    return {"v": v, "z": z, "v_hat": z @ sae.W_dec + sae.b_dec, "b_dec": sae.b_dec}


def test_the_neurons_of_a_region_are_those_of_its_patches(atlas, pool, image, dense):
    columns = atlas.manifest.tap.grid[1]
    region = (0, columns + 1, columns + 2)
    reading = read(pool, atlas, image, len(atlas), region=region)
    pooled = dense["z"][list(region)].amax(0)
    assert atlas.manifest.pooling == "max"
    assert reading.firing == len(reading.neurons) == int((pooled > 0).sum()) > 0
    found = {neuron.neuron: neuron.activation for neuron in reading.neurons}
    assert found == {int(n): pytest.approx(float(pooled[n]), rel=1e-5) for n in pooled.nonzero()[:, 0]}
    assert [n.activation for n in reading.neurons] == sorted(found.values(), reverse=True)
    first = reading.neurons[0]
    expected = dense["z"][:, first.neuron].reshape(atlas.manifest.tap.grid)
    assert first.patches == pytest.approx(expected.numpy(), rel=1e-5)  # of the whole picture, wherever the region is


def test_the_mean_of_a_region_counts_silent_patches(atlas, pool, image, dense, monkeypatch):
    monkeypatch.setattr(pool.neuron_reader(atlas), "pooling", "mean")
    reading = read(pool, atlas, image, 1, region=(0, 1, 2, 3))
    assert reading.neurons[0].activation == pytest.approx(float(dense["z"][:4].mean(0).max()), rel=1e-5)


def test_what_is_missed_is_the_dense_formula_s(atlas, pool, image, dense):
    reading = read(pool, atlas, image, 1)
    error = (dense["v"] - dense["v_hat"]).square().sum(1)
    variation = (dense["v"] - dense["b_dec"]).square().sum(1)
    assert reading.r2 == pytest.approx(float(1 - error.sum() / variation.sum()), abs=1e-5)
    assert reading.missed == pytest.approx((error / variation).reshape(atlas.manifest.tap.grid).numpy(), rel=1e-3)


def test_one_token_has_one_number(world, pool, image):
    classes = Atlas(world.atlases / "classes")
    reading, reader = read(pool, classes, image), pool.neuron_reader(classes)
    v = reader.encoder.read(reader.encoder.prepare([image.load()]), reader.tap)[0, 0]
    missed = v - reader.sae.decode(reader.sae.encode(v[None]))[0]
    assert reading.missed is None
    assert reading.r2 == pytest.approx(float(1 - missed.square().sum() / (v - reader.sae.b_dec).square().sum()), abs=1e-5)


def test_the_unusual_come_first(atlas, pool, image):
    usual, unusual = (read(pool, atlas, image, len(atlas), order) for order in ("strongest", "unusual"))
    assert {n.neuron: str(n.percentile) for n in usual.neurons} == {n.neuron: str(n.percentile) for n in unusual.neurons}
    enough = [n.images >= atlas.least_images for n in unusual.neurons]
    assert enough == sorted(enough, reverse=True)
    ranked = [n.percentile for n in unusual.neurons if n.images >= atlas.least_images and n.images]
    assert ranked == sorted(ranked, reverse=True)
    assert len(set(ranked)) > 1
    assert [n.neuron for n in usual.neurons] != [n.neuron for n in unusual.neurons]


def test_the_images_of_the_atlas_itself_have_their_own_percentile(atlas, pool, world):
    """Of every neuron's strongest image, the percentile is 100."""
    from explorer.atlas.pictures import decode_picture

    paths = {path.relative_to(world.pictures).as_posix(): path for path in world.pictures.rglob("*.png")}
    neuron = int(atlas.neurons["max"].idxmax())
    key = atlas.images.about(atlas.top_images(neuron, 1)[0].image).key
    reading = read(pool, atlas, named(decode_picture(paths[key].read_bytes())), len(atlas))
    assert next(n.percentile for n in reading.neurons if n.neuron == neuron) > 99


def test_a_known_picture_is_not_encoded_again(atlas, image):
    pool, loads = ModelPool(), []
    known = NamedImage("known", lambda: loads.append(1) or image.load())
    first = read(pool, atlas, known)
    again = read(pool, atlas, known, region=(3,))
    assert loads == [1]
    assert first.firing >= again.firing
    for number in range(20):  # more than are kept
        read(pool, atlas, NamedImage(str(number), image.load), 1)
    read(pool, atlas, known)
    assert loads == [1, 1]


@pytest.mark.parametrize("region", [(-1,), (10**9,), (1, 1), tuple(range(10_000))])
def test_a_region_that_is_none_is_refused(atlas, pool, image, region):
    with pytest.raises(VisitorError, match="a region is patches 0 to"):
        read(pool, atlas, image, region=region)


def test_an_atlas_without_patches_has_no_regions(world, pool, image):
    with pytest.raises(VisitorError, match="reads no patches"):
        read(pool, Atlas(world.atlases / "classes"), image, region=(0,))


def test_an_order_that_is_none_is_refused(atlas, pool, image):
    with pytest.raises(VisitorError, match="choose one of strongest, unusual"):
        read(pool, atlas, image, order="best")  # type: ignore[arg-type]


def test_a_tap_of_random_patches_has_regions_of_all(atlas, pool, image):
    sampled, models = copy(atlas), ModelPool()
    sampled.manifest = atlas.manifest.model_copy(
        update={"tap": TapInfo(name="1:random:2", tokens=2, crop=atlas.manifest.tap.crop)}
    )
    assert patch_grid(models, sampled) is None  # its encoder alone knows
    reading = read(models, sampled, image, 5, region=(0, 3))
    expected = read(pool, atlas, image, 5, region=(0, 3))
    assert [one.neuron for one in reading.neurons] == [one.neuron for one in expected.neurons]
    assert reading.neurons[0].patches == pytest.approx(expected.neurons[0].patches)
    rows, columns = atlas.manifest.tap.grid
    assert patch_grid(models, sampled) == (rows, columns)
    with pytest.raises(VisitorError, match=f"patches 0 to {rows * columns - 1}"):
        read(models, sampled, image, region=(rows * columns,))
