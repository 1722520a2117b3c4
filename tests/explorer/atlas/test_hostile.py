"""Atlases that were damaged, and atlases that were made to do harm: refused in words, or harmless; and the others open."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_neurons
from explorer.atlas.integrity import file_info
from explorer.atlas.library import open_library
from explorer.atlas.manifest import CONCEPTS, MANIFEST, NEURONS, TOPS
from explorer.atlas.manifest_file import CHECKSUM, PARTIAL, checksum, read_manifest
from explorer.atlas.search import open_index
from explorer.errors import UserError
from tests.attacks.atlas_files import ask_all, files_of, flips, make_world, put_back, replacements, told_well
from tests.making import Making, change_manifest, make_atlas, rewrite
from tests.memory import growth

pytestmark = pytest.mark.slow

GROWTH_MB = 300  # what one atlas of a few kilobytes may never make this process grow by
suite = settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    attacked = make_world(tmp_path_factory.mktemp("hostile"))
    ask_all(Atlas(attacked))  # loads torch and FAISS, whose memory is not an atlas's
    return attacked


def test_every_flipped_bit_is_refused_or_harmless(tmp_path):
    found = flips(tmp_path, 500)
    assert (found["flips_uncaught"], found["flips_harmful"], found["library_deaths"]) == (0, 0, 0)
    assert found["flips_refused"] > 480  # the rest are spaces and line ends of the manifest


def test_files_that_are_gone_cut_or_something_else(tmp_path):
    verdicts = replacements(tmp_path)
    assert [name for name, verdict in verdicts.items() if verdict.uncaught or verdict.harmful or verdict.death] == []
    assert [name for name, verdict in verdicts.items() if not verdict.refused] == [f"{MANIFEST} deleted"]  # no atlas any more


@pytest.mark.parametrize("name", [NEURONS, TOPS, CONCEPTS, "sae.safetensors", "sae.json", MANIFEST])
def test_the_damaged_file_is_named(directory, name):
    path = directory / name
    with put_back(path) as data:
        path.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
        library = open_library([directory.parent])
        found = [ask_all(atlas) for atlas in library.atlases.values() if atlas.directory == directory]
        errors = library.problems + [answer for asked in found for answer in asked.values() if isinstance(answer, UserError)]
        assert errors
        assert all(name in str(error) and name in str(error.public) for error in errors)


# --- made to do harm: the checksums fit


def _places(value, at=()):
    """The way to everything in a manifest but its lists of files."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield at
    for key, child in children:
        if (*at, key)[:1] not in (("files",), ("images",)):
            yield from _places(child, (*at, key))


EXTREMES = [
    None,
    True,
    -5,
    0,
    1,
    10**6,
    10**30,
    -0.5,
    1e308,
    "",
    "/etc",
    "..",
    "../../../etc",
    "\x00",
    "\ud800",
    "a" * 10**5,
    [],
    {},
]
values = st.one_of(
    st.sampled_from(EXTREMES),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.lists(st.integers(0, 10**7), max_size=4),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@suite
@given(st.data())
def test_a_manifest_may_say_anything(directory, data):
    path = directory / MANIFEST
    with put_back(path) as text, growth() as grown:
        content = json.loads(text)
        del content[CHECKSUM]
        for _ in range(data.draw(st.integers(1, 3))):
            *way, last = data.draw(st.sampled_from([place for place in _places(content) if place]))
            inner = content
            for key in way:
                inner = inner[key]
            inner[last] = data.draw(values)
        path.write_text(json.dumps(content | {CHECKSUM: checksum(content)}))
        _refused_or_harmless(directory)
    assert grown.mb < GROWTH_MB


def _refused_or_harmless(directory):
    library = open_library([directory.parent])
    assert "beside" in library.atlases
    asked = [ask_all(atlas) for atlas in library.atlases.values() if atlas.directory == directory]
    errors = library.problems + [answer for answers in asked for answer in answers.values() if isinstance(answer, Exception)]
    assert [error for error in errors if not told_well(error, directory.parent)] == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("tap.grid", [0, 0]),
        ("tap.grid", [10**6, 10**6]),
        ("tap.tokens", 50),
        ("tap.crop", -1),
        ("dataset.images", -5),
        ("dataset.images", 0),
        ("sae.width", 10**6),
        ("sae.neurons", 17),
        ("sae.k", 17),
        ("sae.group_sizes", [16, 1]),
        ("encoder.width", 10**6),
        ("metrics.dead", 17),
        ("metrics.l0", 1e308),
        ("metrics.ms", {}),
        ("encoder.source", "../../models/clip"),  # not told to be local
        ("encoder.source", "/etc"),
        ("encoder.source", "a" * 1001),
        ("tap.name", "1" * 65),
        ("files", {}),
        ("images", {"../../etc/passwd": {"bytes": 1, "sha256": "0" * 64}}),
        ("dataset.skipped", [{"key": "x", "reason": "y"}] * 10_001),
    ],
)
def test_numbers_and_names_have_bounds(tmp_path, place, value):
    directory = make_atlas(tmp_path, Making(neurons=16, dead=1, library="transformers"))
    *way, last = place.split(".")

    def change(content):
        inner = content
        for key in way:
            inner = inner[key]
        inner[last] = value

    change_manifest(directory, change)
    with pytest.raises(UserError, match=f"{MANIFEST} is damaged") as caught:
        Atlas(directory)
    assert str(tmp_path) not in str(caught.value.public)


@pytest.mark.parametrize(
    "text", ["[" * 10**5, '{"schema_version": 3, "x": ' + "9" * 10**4 + "}", '{"schema_version": 3, "x": NaN}']
)
def test_json_that_breaks_its_readers(directory, text):
    with put_back(directory / MANIFEST):
        (directory / MANIFEST).write_text(text)
        with pytest.raises(UserError, match=f"{MANIFEST} is damaged"):
            read_manifest(directory)


numbers = st.sampled_from([-1, 0, 15, 16, 127, 2**31 - 1, -(2**31), 0.5, 1e38, float("nan"), float("inf"), float("-inf")])


@suite
@given(st.data())
def test_a_table_may_hold_any_number(directory, data):
    name = data.draw(st.sampled_from([NEURONS, TOPS]))
    with put_back(directory / name), put_back(directory / MANIFEST):
        table = pq.read_table(directory / name)
        for _ in range(data.draw(st.integers(1, 2))):
            column = data.draw(st.sampled_from(table.column_names))
            rows, row = table[column].to_pylist(), data.draw(st.integers(0, 15))
            rows[row] = data.draw(_cells(table.schema.field(column).type))
            try:
                changed = pa.array(rows, table.schema.field(column).type)
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                continue  # no such number in this type
            table = table.set_column(table.column_names.index(column), table.schema.field(column), changed)
        rewrite(directory, name, table)
        _refused_or_harmless(directory)


def _cells(kind):
    if pa.types.is_list(kind):
        return st.none() | st.lists(st.none() | _cells(kind.value_type), max_size=70)
    if pa.types.is_string(kind):
        return st.none() | st.text(max_size=8) | st.just("x" * 10**5)
    return st.none() | (numbers if pa.types.is_floating(kind) else numbers.filter(np.isfinite).map(int))


@pytest.mark.parametrize("column", ["density", "max", "histogram", "label", "nearest", "ms_dinov2-drawn"])
def test_numbers_that_cannot_be_are_named(directory, column):
    wrong = {"density": 1.5, "max": np.inf, "histogram": [1] * 63, "label": "x" * 1001, "nearest": [16], "ms_dinov2-drawn": 2.0}
    with put_back(directory / NEURONS), put_back(directory / MANIFEST):
        table = pq.read_table(directory / NEURONS)
        rows = [*table[column].to_pylist()[:-1], wrong[column]]
        field = table.schema.field(column)
        rewrite(directory, NEURONS, table.set_column(table.column_names.index(column), field, pa.array(rows, field.type)))
        with pytest.raises(UserError, match=rf"neurons.parquet has .*{column}"):
            Atlas(directory)


@pytest.mark.parametrize("letters", [10**5, 3 * 10**7])
def test_a_long_text_held_once_for_all_rows_fills_no_memory(directory, letters):
    """Kilobytes on disk, half a gigabyte where every row gets its own."""
    with put_back(directory / NEURONS), put_back(directory / MANIFEST):
        table = pq.read_table(directory / NEURONS)
        label = pa.DictionaryArray.from_arrays(np.zeros(len(table), np.int32), ["x" * letters])
        bomb = table.set_column(table.column_names.index("label"), "label", label)
        pq.write_table(bomb, directory / NEURONS, compression="zstd", dictionary_pagesize_limit=2**30, store_schema=False)
        _seal(directory, NEURONS)
        with growth() as grown, pytest.raises(UserError, match="label"):
            Atlas(directory)
        assert grown.mb < 20


def test_more_rows_than_neurons_can_have_are_not_read(directory):
    with put_back(directory / TOPS), put_back(directory / MANIFEST):
        rewrite(directory, TOPS, pq.read_table(directory / TOPS).take(np.zeros(20_000, np.int32)))
        with pytest.raises(UserError, match=r"tops.parquet has 20,000 rows"):
            Atlas(directory).top_images(0)


def test_an_index_that_tells_another_size(directory):
    with put_back(directory / CONCEPTS) as data, put_back(directory / MANIFEST):
        (directory / CONCEPTS).write_bytes(data[:4] + (10**9).to_bytes(4, "little") + data[8:])
        _seal(directory, CONCEPTS)
        with pytest.raises(UserError, match=r"concepts.faiss is damaged"):
            open_index(Atlas(directory).files, CONCEPTS, 16)


def _seal(directory, name):
    change_manifest(directory, lambda content: content["files"].update({name: file_info(directory / name).model_dump()}))


# --- whole libraries


def test_whatever_an_atlas_raises_the_others_open(directory, monkeypatch):
    from explorer.atlas import atlas

    read = atlas.read_manifest

    def failing(place):
        if place == directory:
            raise MemoryError("of /this/machine")
        return read(place)

    monkeypatch.setattr(atlas, "read_manifest", failing)
    library = open_library([directory.parent])
    assert list(library.atlases) == ["beside"]
    assert [problem.public for problem in library.problems] == [
        "Atlas attacked: cannot be opened (MemoryError); whoever runs this Monoscope can put it right."
    ]


def test_a_manifest_that_is_something_else_is_a_problem_not_silence(directory):
    with put_back(directory / MANIFEST):
        (directory / MANIFEST).unlink()
        (directory / MANIFEST).mkdir()
        assert [MANIFEST in str(problem) for problem in open_library([directory.parent]).problems] == [True]


def test_a_moved_atlas_says_what_stayed_behind(directory, tmp_path):
    moved = tmp_path / "elsewhere" / "attacked"
    moved.parent.mkdir()
    directory.rename(moved)
    try:
        with pytest.raises(
            UserError, match=r"attacked-images is not beside it; move or copy it to .*/elsewhere/attacked-images"
        ) as caught:
            Atlas(moved)
        assert "attacked-images" in str(caught.value.public)
        assert str(tmp_path) not in str(caught.value.public)
        (moved.parent / "attacked-images").mkdir()
        with pytest.raises(UserError, match=r"image store of atlas attacked .*part-[0-9a-f]+.parquet is missing"):
            Atlas(moved)
    finally:
        moved.rename(directory)


def test_parts_that_an_atlas_does_not_list_are_not_its(directory):
    part = next(path for path in files_of(directory) if path.name.startswith("part-"))
    (part.parent / f"part-{'0' * 16}.parquet").write_bytes(b"another's")
    assert len(Atlas(directory).images) == 12
    (part.parent / f"part-{'0' * 16}.parquet").unlink()


# --- a kill while columns are replaced


def test_a_kill_between_two_renames_leaves_one_of_two_whole_atlases(tmp_path, monkeypatch):
    from explorer.atlas import format

    directory = make_atlas(tmp_path, Making(neurons=16, dead=1))
    old = Atlas(directory)
    frame = old.neurons.assign(name="boat", name_score=1.5)
    renames, rename = [], format.os.replace
    for killed_at in (0, 1):

        def dying(source, target, killed_at=killed_at):
            if len(renames) == killed_at:
                raise KeyboardInterrupt
            renames.append(target)
            rename(source, target)

        renames.clear()
        with monkeypatch.context() as patch:
            patch.setattr(format.os, "replace", dying)
            with pytest.raises(KeyboardInterrupt):
                replace_neurons(directory, old.manifest, pa.Table.from_pandas(frame, preserve_index=False))
        assert (directory / PARTIAL).exists()
        assert set(Atlas(directory).neurons["name"]) == ({""} if killed_at == 0 else {"boat"})
    again = Atlas(directory)
    replace_neurons(directory, again.manifest, pa.Table.from_pandas(again.neurons.assign(name="cat"), preserve_index=False))
    assert not list(directory.glob("*.partial"))
    assert set(Atlas(directory).neurons["name"]) == {"cat"}


def test_patches_that_would_fill_memory_are_not_read(tmp_path):
    """Zeros pack to nothing: a file of a few kilobytes would unpack to gigabytes for the sixteen maps of one neuron."""
    attacked = make_atlas(tmp_path, Making(name="greedy", neurons=16, dead=1, levels=2, drawn=12))
    change_manifest(attacked, lambda content: content["tap"].update(grid=[512, 512], tokens=512 * 512))
    few = pq.read_table(attacked / TOPS)
    rows, cells = 513, 512 * 512  # one row more than may be in a group
    zeros = pa.ListArray.from_arrays(
        pa.array(np.arange(rows + 1, dtype=np.int32) * cells), pa.array(np.zeros(rows * cells, np.float16))
    )
    many = few.take([0] * rows).set_column(few.schema.get_field_index("patches"), "patches", zeros)
    pq.write_table(many, attacked / TOPS, compression="zstd", row_group_size=rows, write_statistics=False)
    _seal(attacked, TOPS)
    assert (attacked / TOPS).stat().st_size < 2**20
    with pytest.raises(UserError, match="memory"):
        Atlas(attacked).top_images(0)
