"""Names that people give: what a file says, what is refused, and what that leaves standing."""

import os
from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.curated import FILE, LARGEST, CuratedName, read_curated
from explorer.atlas.format import refuse_overwrite
from explorer.atlas.library import open_library
from explorer.atlas.query import Query
from explorer.errors import UserError
from tests.conftest import HOSTILE
from tests.making import Making, make_atlas


def given(directory: Path, content: str | bytes) -> Path:
    (directory / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def test_names_with_who_gave_them(tmp_path: Path) -> None:
    rows = ['#007,"boats, sailing",Ada,"two\nlines",red', "3, a  cat ,,", "5,,Ada,none yet", "9,'=dog"]
    content = "\r\n".join(["\ufeffneuron,name,by,note,colour", *rows])
    assert read_curated(given(tmp_path, content), 64) == {
        7: CuratedName("boats, sailing", "Ada", "two lines"),
        3: CuratedName("a cat", "", ""),
        9: CuratedName("=dog", "", ""),  # as a spreadsheet had to be told
    }


def test_neuron_and_name_are_enough(tmp_path: Path) -> None:
    assert read_curated(given(tmp_path, "name,neuron\nboat,0\n"), 1) == {0: CuratedName("boat", "", "")}
    assert read_curated(tmp_path / "nowhere", 1) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "does not name the columns"),
        ("neuron;name\n1;boat\n", "does not name the columns"),
        ("neuron,name\n64,boat\n", "line 2 gives neuron '64', not a number from 0 to 63"),
        ("neuron,name\n-1,boat\n", "not a number"),
        ("neuron,name\n²,boat\n", "not a number"),
        ("neuron,name\n1,boat\n\n#0001,ship\n", "line 4 names neuron 1 again"),
        (f"neuron,name\n1,{'x' * 101}\n", "line 2 has a name of more than 100 characters"),
        (f"neuron,name,by\n1,boat,{'x' * 81}\n", "line 2 has a by of more than 80"),
        ("neuron,name\n1,\u202etaob\n", "characters that cannot be shown"),
        ("neuron,name\n1,bo\0at\n", "characters that cannot be shown"),
        ('neuron,name\n1,"boat\n', "unexpected end of data"),
        (b"neuron,name\n1,\xff\n", "not UTF-8"),
        (b"x" * (LARGEST + 1), "larger than 16 MB"),
        (f"neuron,name\n1,{'x' * 200_000}\n", "field larger than field limit"),
    ],
)
def test_what_cannot_be_used_is_told_by_line_and_without_a_path(tmp_path: Path, content: str | bytes, reason: str) -> None:
    with pytest.raises(UserError, match=reason) as refused:
        read_curated(given(tmp_path, content), 64)
    assert str(tmp_path / FILE) in str(refused.value)
    assert str(tmp_path.parent) not in (refused.value.public or str(tmp_path.parent))


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/hostname"), os.mkfifo, Path.mkdir])
def test_what_is_no_file_is_not_opened(tmp_path: Path, make) -> None:
    make(tmp_path / FILE)
    with pytest.raises(UserError, match="no regular file"):
        read_curated(tmp_path, 64)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return make_atlas(tmp_path, Making())


def test_a_search_finds_curated_names_and_hostile_ones_are_text(directory: Path) -> None:
    rows = "".join(f'{number},"{name.replace(chr(34), chr(34) * 2)}"\n' for number, name in enumerate(HOSTILE))
    atlas = Atlas(given(directory, f"neuron,name\n7,Sailing Boats\n{rows}"))
    assert atlas.page(Query(text="sailing b")).neurons == [7]
    assert [atlas.curated[number].name for number in range(3)] == list(HOSTILE)


def test_a_broken_file_leaves_the_atlas_open_and_is_told(directory: Path) -> None:
    library = open_library([given(directory, "neuron,name\nseven,boat\n").parent])
    assert library.atlases["drawings"].curated == {}
    assert ["line 2 gives neuron 'seven'" in str(problem) for problem in library.problems] == [True]


def test_an_atlas_with_given_names_is_not_written_over(directory: Path) -> None:
    refuse_overwrite(directory, force=True)
    given(directory, "neuron,name\n")
    with pytest.raises(UserError, match="move them away"):
        refuse_overwrite(directory, force=True)
