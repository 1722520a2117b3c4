"""Writing whole or not at all, and refusing what is not an atlas of this schema, in words."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import save_file

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import refuse_overwrite, writing_atlas
from explorer.atlas.images import ImageStore
from explorer.atlas.integrity import Unfit
from explorer.atlas.manifest import DIRECTIONS, MANIFEST, MEANINGS, NEURONS, SCHEMA_VERSION, TOPS
from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.meanings import read_meanings, write_meanings
from explorer.errors import UserError
from tests.making import Making, change_manifest, make_atlas, rewrite


@pytest.fixture
def directory(tmp_path):
    return make_atlas(tmp_path, Making(neurons=24, dead=2))


def test_what_is_written_is_read(directory):
    atlas = Atlas(directory)
    manifest = read_manifest(directory)
    assert manifest.schema_version == SCHEMA_VERSION
    assert type(manifest).model_validate_json(manifest.model_dump_json()) == manifest
    assert len(atlas) == 24
    assert sum(manifest.sae.group_sizes) == 24


def test_what_says_the_map_and_the_meanings_tell_is_read(tmp_path):
    atlas = Atlas(make_atlas(tmp_path, Making(neurons=24, dead=2, says=2, mapped=True, meanings=8)))
    dead = atlas.neurons["max"].to_numpy() == 0
    assert dead.sum() == 2
    assert set(atlas.neurons["says"][~dead]) == {"round thing"}
    assert np.allclose(np.stack(atlas.neurons["says_share"][~dead].tolist()), [0.9, 0.5])
    assert np.array_equal(np.isnan(atlas.neurons["map_x"]), dead)
    with atlas.files.using(MEANINGS) as path:
        meanings = read_meanings(path, 24, 8)
    assert np.allclose(np.linalg.norm(meanings.neurons.astype(np.float32), axis=1), ~dead, atol=1e-3)
    assert meanings.centre.shape == (8,)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("says", "one two three"),  # more words than the manifest tells
        ("says", "one"),  # fewer than there are shares
        ("says_share", [0.5, np.nan]),
        ("says_share", [0.5, 1.5]),
        ("map_x", np.inf),
    ],
)
def test_columns_that_cannot_be_are_refused(tmp_path, column, values):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=0, says=2, mapped=True))
    table = pq.read_table(directory / NEURONS)
    place = table.column_names.index(column)
    rewrite(directory, NEURONS, table.set_column(place, table.field(column), pa.array([values] * 16, table.field(column).type)))
    with pytest.raises(UserError, match=f"says|{column}"):
        Atlas(directory)


def _meanings(path, **changed):
    content = {"meanings": np.eye(3, 4, dtype=np.float16), "centre": np.zeros(4, np.float16)} | changed
    save_file({name: values for name, values in content.items() if values is not None}, path)
    return path


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"meanings": np.eye(3, 5, dtype=np.float16)}, "does not hold"),
        ({"meanings": np.eye(3, 4, dtype=np.int16)}, "does not hold"),
        ({"centre": None}, "does not hold"),
        ({"more": np.zeros(1, np.float16)}, "does not hold"),
        ({"centre": np.full(4, np.nan, np.float16)}, "NaN or infinite"),
        ({"meanings": 2 * np.eye(3, 4, dtype=np.float16)}, "longer than 1"),
        ({"more": np.zeros(10**5, np.float16)}, "another size"),
    ],
)
def test_meanings_that_cannot_be_are_refused(tmp_path, changed, message):
    with pytest.raises(Unfit, match=message):
        read_meanings(_meanings(tmp_path / MEANINGS, **changed), 3, 4)


def test_meanings_are_read_as_written(tmp_path):
    path = tmp_path / MEANINGS
    write_meanings(path, np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([0.5, -0.25]))
    meanings = read_meanings(path, 2, 2)
    assert np.allclose(meanings.neurons, [[0.6, 0.8], [0, 0]], atol=1e-3)
    assert meanings.centre.tolist() == [0.5, -0.25]
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(Unfit, match="no readable"):
        read_meanings(path, 2, 2)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"schema_version": SCHEMA_VERSION + 1}, "update Monoscope"),
        ({"schema_version": 2}, r"python -m precompute upgrade .*drawings"),
        ({"schema_version": 1}, "build it again with this Monoscope"),
        ({"name": "../../etc"}, "damaged .name"),
        ({"image_store": "../elsewhere"}, "damaged .image_store"),
        ({"image_store": "/tmp"}, "damaged .image_store"),
        ({"similarity": []}, "damaged .similarity"),
        ({"surprise": 1}, "damaged .surprise"),
        ({"schema_version": None}, "no schema_version"),
    ],
)
def test_manifests_that_are_refused(directory, fields, words):
    change_manifest(directory, lambda content: content.update(fields))
    with pytest.raises(UserError, match=words):
        Atlas(directory)


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00"])
def test_manifests_that_are_no_json(directory, text):
    (directory / MANIFEST).write_text(text)
    with pytest.raises(UserError, match="build it again"):
        Atlas(directory)


@pytest.mark.parametrize("name", [NEURONS, TOPS, DIRECTIONS])
def test_missing_files_are_named(directory, name):
    (directory / name).unlink()
    with pytest.raises(UserError, match=name):
        Atlas(directory)


def test_half_written_and_missing_atlases(directory):
    (directory / MANIFEST).unlink()
    with pytest.raises(UserError, match="was not finished"):
        Atlas(directory)
    with pytest.raises(UserError, match="no such directory"):
        Atlas(directory / "nowhere")


def test_tables_of_another_shape(directory):
    table = pq.read_table(directory / NEURONS)
    rewrite(directory, NEURONS, table.drop_columns("density"))
    with pytest.raises(UserError, match=r"neurons.parquet.*density"):
        Atlas(directory)
    rewrite(directory, NEURONS, table.slice(0, 10))
    with pytest.raises(UserError, match="10 rows, not 24"):
        Atlas(directory)


def test_an_error_while_writing_leaves_nothing(directory, tmp_path):
    manifest = read_manifest(directory)
    with pytest.raises(RuntimeError), writing_atlas(tmp_path / "new", manifest, force=False):
        raise RuntimeError("killed")
    assert not (tmp_path / "new").exists()


def test_an_error_while_replacing_leaves_the_old_one(directory):
    manifest, before = read_manifest(directory), (directory / NEURONS).read_bytes()
    with pytest.raises(UserError, match="missing"), writing_atlas(directory, manifest, force=True):
        pass  # an empty atlas is refused when it is to be put in place
    assert (directory / NEURONS).read_bytes() == before
    assert len(Atlas(directory)) == 24


def test_overwriting_needs_force_and_an_atlas(directory, tmp_path):
    with pytest.raises(UserError, match="--force"):
        refuse_overwrite(directory, force=False)
    refuse_overwrite(directory, force=True)
    refuse_overwrite(tmp_path / "new", force=False)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    with pytest.raises(UserError, match="not an atlas"):
        refuse_overwrite(tmp_path / "thesis", force=True)


def test_damaged_image_stores(directory):
    store = directory.parent / read_manifest(directory).image_store
    part = next(store.glob("part-*.parquet"))
    pq.write_table(pa.table({"hash": ["x"]}), part)
    with pytest.raises(UserError, match="columns"):
        ImageStore(store)
    with pytest.raises(UserError, match=r"image store of atlas drawings.*part-.* bytes"):
        Atlas(directory)
    part.write_bytes(b"cut")
    with pytest.raises(UserError, match="cannot be read"):
        ImageStore(store)
    part.unlink()
    assert len(ImageStore(store)) == 0
