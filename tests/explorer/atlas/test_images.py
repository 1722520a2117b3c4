"""Image stores: found by hash as in a dictionary, parts shared by the atlases of a directory, and their names in public."""

import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.atlas.hashes import BYTES, PACKED, pack, packed, unpacked
from explorer.atlas.image_parts import Index, Parts
from explorer.atlas.images import ImageStore, Thumbnail, add_part
from explorer.atlas.library import open_library
from explorer.errors import UserError
from tests.making import Making, change_manifest, make_atlas

few = st.integers(0, 3).map(lambda number: bytes([number] * BYTES).hex())  # so that some are in several parts
hashes = st.one_of(
    few, st.binary(min_size=BYTES, max_size=BYTES).map(bytes.hex), st.just("00" * 15 + "ff"), st.just("ff" + "00" * 15)
)
parts = st.lists(st.lists(hashes, min_size=1, max_size=70, unique=True), max_size=4)


@given(st.lists(hashes))
def test_packed_hashes_are_those_bytes(texts: list[str]) -> None:
    array = packed(pa.array(texts, pa.string()))
    assert array.tobytes() == bytes.fromhex("".join(texts))
    assert [unpacked(value) for value in array.tolist()] == texts
    assert [unpacked(value) for value in sorted(array.tolist())] == sorted(texts)
    assert packed(pa.array([*texts, "f" * 32], pa.string()).slice(0, len(texts))).tolist() == array.tolist()


@pytest.mark.parametrize("text", ["", "00", "0" * 31, "0" * 33, "A" * 32, "g" * 32, " " + "0" * 31, "0" * 31 + "\n", "٣" * 32])
def test_what_is_no_hash_is_nowhere(text: str) -> None:
    assert pack(text) is None
    assert Parts().places(text) == []


def _row(image: str, part: int) -> tuple[Thumbnail, bytes]:
    side = 1 + int(image[:2], 16) % 256
    return Thumbnail(image, f"{part}/{image}.png", image[:1], side, 257 - side), f"{part} {image}".encode()


@given(parts)
def test_a_store_is_a_dictionary_of_its_parts(tmp_path_factory: pytest.TempPathFactory, contents: list[list[str]]) -> None:
    directory = tmp_path_factory.mktemp("store")
    paths = [add_part(directory, [_row(image, n) for image in content]) for n, content in enumerate(contents)]
    first: dict[str, tuple[Thumbnail, bytes]] = {}
    for path in sorted(
        {path for path in paths if path}
    ):  # parts of the same hashes have one name: the later replaced the earlier
        n = max(n for n, other in enumerate(paths) if other == path)
        for image in contents[n]:
            first.setdefault(image, _row(image, n))
    store = ImageStore(directory)
    assert list(store) == sorted(first)
    assert len(store) == len(first)
    assert list(islice(store, 2)) == sorted(first)[:2]
    for most in (1, 3, 100):
        assert sorted(store.sample(most)) == sorted(first)[:: max(1, len(first) // most)][:most]
    assert {image: (store.about(image), store.thumbnail(image)) for image in store} == first
    asked = ["0" * 32, *first][:5]
    assert store.missing(packed(pa.array(asked))) == sum(image not in first for image in asked)
    assert set(store.parts_of(packed(pa.array(asked)))) == {
        f"part-{path.name[5:-8]}.parquet" for path in paths if path for image in asked if _is_from(path, first, image)
    }


def test_the_images_of_a_store_are_those_that_sorting_gives(tmp_path: Path) -> None:
    """Rows of some parts of an index in order, most hashes in several of them, beside NumPy's `unique`, which sorts."""
    store, draw = ImageStore(tmp_path), np.random.default_rng(3)
    hashes = np.sort(np.frombuffer(draw.bytes(2_000 * BYTES), PACKED).repeat(4))
    part = draw.integers(0, 7, len(hashes)).astype(np.int32)
    store._parts.index = Index(hashes, part, np.zeros(len(hashes), np.int32))
    store._own = np.array([0, 3, 4], np.int32)
    slow = [unpacked(value) for value in np.unique(hashes[(part == 0) | (part == 3) | (part == 4)]).tolist()]
    assert 1_000 < len(slow) < 2_000
    assert list(store) == slow
    assert len(store) == len(slow)


def _is_from(path: Path, first: dict[str, tuple[Thumbnail, bytes]], image: str) -> bool:
    keys = pq.read_table(path, columns=["key"])["key"].to_pylist()
    return image in first and first[image][0].key in keys


def _twins(root: Path) -> tuple[Path, Path]:
    """Two atlases on one image store."""
    one = make_atlas(root, Making(name="one", neurons=16, dead=1, levels=2, drawn=12))
    two = root / "two"
    shutil.copytree(one, two)
    change_manifest(two, lambda content: content.update(name="two"))
    return one, two


def test_atlases_of_a_directory_share_what_they_read(tmp_path: Path) -> None:
    _twins(tmp_path)
    one, two = open_library([tmp_path]).atlases.values()
    image = next(iter(one.images))
    assert one.images.name == two.images.name == "one-images"
    assert one.images._parts is two.images._parts
    assert len(one.images._parts.index.hashes) == len(one.images) == len(two.images) == 12
    assert one.images.thumbnail(image) is two.images.thumbnail(image)  # read once


def test_each_reads_only_the_parts_that_it_lists(tmp_path: Path) -> None:
    _, two = _twins(tmp_path)
    new = add_part(tmp_path / "one-images", [_row("ab" * 16, 1)])
    assert new is not None
    listed = {**ImageStore(new.parent)._files.listed}
    change_manifest(two, lambda content: content.update(images={name: info.model_dump() for name, info in listed.items()}))
    library = open_library([tmp_path]).atlases
    assert ["ab" * 16 in library[name].images for name in ("two", "one")] == [True, False]
    assert library["one"].images.thumbnail("ab" * 16) is None
    assert [len(library[name].images) for name in ("two", "one")] == [13, 12]
    assert library["one"].images.name == library["two"].images.name  # no image of theirs differs


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_an_image_that_another_part_has_too_is_told_apart(tmp_path: Path, order: tuple[str, str]) -> None:
    """A stranger's atlas may bring a part in which one of ours' images looks different."""
    one, two = _twins(tmp_path)
    image = next(iter(Atlas(one).images))
    forged = add_part(tmp_path / "one-images", [_row(image, 1)])
    assert forged is not None
    info = {forged.name: ImageStore(forged.parent)._files.listed[forged.name].model_dump()}
    change_manifest(two, lambda content: content.update(images=info))
    library = open_library([tmp_path]).atlases
    first, second = (library[name].images for name in order)
    assert first.name == "one-images"
    assert second.name.startswith("one-images-")
    assert library["one"].images.thumbnail(image) == Atlas(one).images.thumbnail(image)
    assert library["two"].images.thumbnail(image) == b"1 " + image.encode()


def test_two_directories_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for place in ("here", "there"):
        make_atlas(tmp_path / place, Making(name="same", neurons=16 if place == "here" else 20, dead=1, levels=2, drawn=12))
    change_manifest(tmp_path / "there" / "same", lambda content: content.update(name="other"))
    here, there = open_library([tmp_path / "here", tmp_path / "there"]).atlases.values()
    assert here.store_name == here.images.name == "same-images"
    assert there.images.name == there.store_name
    assert there.store_name.startswith("same-images-")


def test_a_part_that_changed_is_refused_to_the_next_atlas(tmp_path: Path) -> None:
    _twins(tmp_path)
    one, two = open_library([tmp_path]).atlases.values()
    assert len(one.images) == 12
    part = next((tmp_path / "one-images").iterdir())
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)
    with pytest.raises(UserError, match=part.name):
        len(two.images)
