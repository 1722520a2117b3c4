"""Packed atlases: what goes in comes out, the same atlas gives the same bytes, and what is no packed atlas changes nothing."""

import hashlib
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import Thumbnail, add_part
from explorer.atlas.library import open_library
from explorer.atlas.manifest import SCHEMA_VERSION
from explorer.atlas.portable import install as installing
from explorer.atlas.query import Query
from explorer.errors import UserError
from precompute.__main__ import main
from precompute.sharing.pack import Pack
from precompute.sharing.pack import run as pack
from precompute.sharing.unpack import Unpack
from precompute.sharing.unpack import run as unpack
from tests.making import Making, change_manifest, make_atlas

NOW = f'"schema_version": {SCHEMA_VERSION}'.encode()
NAMES = "neuron,name,by,note\n3,sailing boat,Ada,\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the atlas `small`, which people gave a name, and its packed file."""
    root = tmp_path_factory.mktemp("shelf")
    make_atlas(root, Making(name="small", neurons=16, drawn=8, dead=2))
    (root / "small" / "names.csv").write_text(NAMES, encoding="utf-8")
    pack(Pack(root / "small", root / "small.atlas.zip"))
    return root


def files(root: Path) -> dict[str, bytes]:
    """Every file below a directory but the lock."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name[0] != "."}


def changed(shelf: Path, tmp_path: Path, change, **kinds) -> Path:
    """The packed file written anew, with a change of its members by name; valid as a zip archive."""
    with zipfile.ZipFile(shelf / "small.atlas.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(tmp_path / "changed.zip", "w", **kinds) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return tmp_path / "changed.zip"


def refused(file: Path, out: Path) -> str:
    """What unpacking says; nothing may be there then but an empty directory."""
    with pytest.raises(UserError) as caught:
        unpack(Unpack(file, out))
    assert not out.exists() or files(out) == {}
    assert not out.exists() or [path.name for path in out.iterdir()] in ([], [installing.LOCK])
    return str(caught.value)


def test_what_is_packed_is_unpacked_and_opens(shelf, tmp_path, capsys):
    unpack(Unpack(shelf / "small.atlas.zip", tmp_path / "atlases"))
    there = {name: data for name, data in files(shelf).items() if not name.endswith(".zip")}
    assert files(tmp_path / "atlases") == there
    atlas = open_library([tmp_path / "atlases"]).atlases["small"]
    assert atlas.curated[3].name == "sailing boat"
    (living,) = atlas.page(Query(size=1)).neurons
    assert atlas.images.thumbnail(atlas.top_images(living)[0].image)
    unpack(Unpack(shelf / "small.atlas.zip", tmp_path / "atlases"))
    assert f"atlas small is already at {tmp_path}/atlases/small" in capsys.readouterr().out


def test_any_zip_program_gives_a_directory_that_opens(shelf, tmp_path):
    shutil.unpack_archive(shelf / "small.atlas.zip", tmp_path)
    assert len(Atlas(tmp_path / "small")) == 16


def test_the_same_atlas_is_the_same_bytes_wherever_and_whenever(shelf, tmp_path, capsys):
    for part in ("small", "small-images"):
        shutil.copytree(shelf / part, tmp_path / part)
    (tmp_path / "small").rename(tmp_path / "renamed")
    add_part(tmp_path / "small-images", [(Thumbnail("0" * 32, "of another atlas", "", 4, 4), b"not listed")])
    for path in tmp_path.rglob("*"):
        os.utime(path, (0, 10**9))
    pack(Pack(tmp_path / "renamed", tmp_path / "again.zip"))
    assert (tmp_path / "again.zip").read_bytes() == (shelf / "small.atlas.zip").read_bytes()
    assert hashlib.sha256((tmp_path / "again.zip").read_bytes()).hexdigest() in capsys.readouterr().out


def test_it_is_stored_with_its_manifest_first_and_plain_modes(shelf):
    with zipfile.ZipFile(shelf / "small.atlas.zip") as archive:
        members = archive.infolist()
    assert members[0].filename == "small/manifest.json"
    assert {member.external_attr >> 16 for member in members} == {stat.S_IFREG | 0o644}
    assert (shelf / "small.atlas.zip").stat().st_size < 1.1 * sum(member.file_size for member in members)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_gives_the_same_atlas(shelf, tmp_path, data):
    """The same where what was hit decides nothing: a date, say. `names.csv` has no seal of its own but zip's CRC."""
    packed = bytearray((shelf / "small.atlas.zip").read_bytes())
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.one_of(st.just(len(packed)), st.integers(0, len(packed) - 1)))
    (tmp_path / "damaged.zip").write_bytes(packed[:cut])
    out = tmp_path / "out"
    try:
        unpack(Unpack(tmp_path / "damaged.zip", out))
    except UserError:
        assert not out.exists() or files(out) == {}
    else:
        wanted = {name: data for name, data in files(shelf).items() if not name.endswith(".zip")}
        found = files(out)
        assert found == wanted or found == {name: data for name, data in wanted.items() if name != "small/names.csv"}
        shutil.rmtree(out)


def test_members_that_nothing_lists_are_never_written(shelf, tmp_path):
    odd = ("../escaped", "/escaped", "small/../../escaped", "small/evil.py", "C:\\escaped", "small/sub/manifest.json")
    file = changed(shelf, tmp_path, lambda members: members.update(dict.fromkeys(odd, b"evil")))
    unpack(Unpack(file, tmp_path / "deep" / "out"))
    assert files(tmp_path / "deep" / "out") == {name: data for name, data in files(shelf).items() if not name.endswith(".zip")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changed.zip", "deep"]


@pytest.mark.parametrize("name", ["..", ".", "-x", "a b", "x" * 82])
def test_an_atlas_whose_name_is_a_path_is_refused(shelf, tmp_path, name):
    def rename(members):
        members[f"{name}/manifest.json"] = members.pop("small/manifest.json")

    assert "is no name of an atlas" in refused(changed(shelf, tmp_path, rename), tmp_path / "out")


def test_an_atlas_under_another_name_than_its_own_is_refused(shelf, tmp_path):
    def rename(members):
        members["other/manifest.json"] = members.pop("small/manifest.json")

    assert "other/manifest.json is that of atlas small" in refused(changed(shelf, tmp_path, rename), tmp_path / "out")


def test_compressed_members_are_refused(shelf, tmp_path):
    file = changed(shelf, tmp_path, lambda members: None, compression=zipfile.ZIP_DEFLATED)
    assert "is compressed" in refused(file, tmp_path / "out")


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO | 0o644])
def test_links_are_refused(shelf, tmp_path, mode):
    file = changed(shelf, tmp_path, lambda members: None)
    link = zipfile.ZipInfo("small/link")
    link.create_system, link.external_attr = 3, mode << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link or a directory" in refused(file, tmp_path / "out")


def test_one_name_twice_is_refused(shelf, tmp_path):
    file = changed(shelf, tmp_path, lambda members: None)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("small/MANIFEST.json", "{}")
    assert "two files of one name" in refused(file, tmp_path / "out")


def test_a_file_that_the_manifest_does_not_know_so_is_refused(shelf, tmp_path):
    def exchange(members):
        members["small/tops.parquet"] = members["small/tops.parquet"][:-1] + b"?"

    said = refused(changed(shelf, tmp_path, exchange), tmp_path / "out")
    assert "small/tops.parquet is damaged: its SHA-256 is not what the manifest lists" in said
    said = refused(changed(shelf, tmp_path, lambda members: members.pop("small/tops.parquet")), tmp_path / "out")
    assert "small/tops.parquet is missing" in said


def test_an_atlas_that_seals_nonsense_is_refused(shelf, tmp_path):
    """Its hashes fit, but no reader takes it."""
    for part in ("small", "small-images"):
        shutil.copytree(shelf / part, tmp_path / part)
    (tmp_path / "small" / "directions.faiss").write_bytes(b"no index")
    info = {"bytes": 8, "sha256": hashlib.sha256(b"no index").hexdigest()}
    change_manifest(tmp_path / "small", lambda content: content["files"].update({"directions.faiss": info}))
    with pytest.raises(UserError, match=r"directions\.faiss"):
        pack(Pack(tmp_path / "small", tmp_path / "own.zip"))
    assert not list(tmp_path.glob("own*"))

    def exchange(members):
        members["small/directions.faiss"] = b"no index"
        members["small/manifest.json"] = (tmp_path / "small" / "manifest.json").read_bytes()

    assert "directions.faiss" in refused(changed(shelf, tmp_path, exchange), tmp_path / "out")


def test_a_newer_schema_says_what_to_do(shelf, tmp_path):
    def newer(members):
        members["small/manifest.json"] = members["small/manifest.json"].replace(NOW, b'"schema_version": 99')

    said = refused(changed(shelf, tmp_path, newer), tmp_path / "out")
    assert f"has schema version 99, this Monoscope reads versions 3 to {SCHEMA_VERSION}: update Monoscope" in said
    assert str(tmp_path / "out") not in said


def test_a_full_disk_is_told_before_anything_is_copied(shelf, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert "MB are needed there and 0 are free; make room" in refused(shelf / "small.atlas.zip", tmp_path / "out")


def test_what_is_there_is_kept(shelf, tmp_path):
    make_atlas(tmp_path, Making(name="small", neurons=20, drawn=8, dead=2, seed=1))
    before = files(tmp_path)
    with pytest.raises(UserError, match=r"small: an atlas is there already; add --force to replace it"):
        unpack(Unpack(shelf / "small.atlas.zip", tmp_path))
    assert files(tmp_path) == before
    unpack(Unpack(shelf / "small.atlas.zip", tmp_path, force=True))
    assert len(Atlas(tmp_path / "small")) == 16


def test_another_part_of_the_same_name_is_kept(shelf, tmp_path):
    (part,) = (shelf / "small-images").iterdir()
    (tmp_path / "small-images").mkdir()
    (tmp_path / "small-images" / part.name).write_bytes(b"of somebody else")
    with pytest.raises(UserError, match="another file of that name is there"):
        unpack(Unpack(shelf / "small.atlas.zip", tmp_path))
    assert files(tmp_path) == {f"small-images/{part.name}": b"of somebody else"}


def test_killed_while_it_moves_it_is_done_again(shelf, tmp_path, monkeypatch):
    """Thumbnails lie there by then, and what was aside; the atlas does not."""
    replace = os.replace

    def killed(source, target):
        if Path(target).name == "small":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        unpack(Unpack(shelf / "small.atlas.zip", tmp_path))
    assert not (tmp_path / "small").exists()
    monkeypatch.setattr(os, "replace", replace)
    (tmp_path / installing.ASIDE / "small").mkdir(parents=True)  # of a process that could not clean up
    unpack(Unpack(shelf / "small.atlas.zip", tmp_path))
    assert len(Atlas(tmp_path / "small")) == 16
    assert not (tmp_path / installing.ASIDE).exists()


def test_a_broken_write_leaves_no_packed_file(shelf, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("precompute.sharing.pack.write_packed", lambda whole, path, bar: (path.write_bytes(b"half"), full()))
    assert main(["pack", str(shelf / "small"), "--out", str(tmp_path / "a.zip")]) == 2
    assert not list(tmp_path.iterdir())


def test_the_commands_refuse_in_one_sentence(shelf, tmp_path, capsys):
    (tmp_path / "text.zip").write_text("not a zip archive")
    (tmp_path / "empty").mkdir()
    digest = hashlib.sha256((shelf / "small.atlas.zip").read_bytes()).hexdigest()
    assert main(["unpack", str(shelf / "small.atlas.zip"), str(tmp_path / "out"), "--sha256", digest]) == 0
    for arguments, said in (
        (["pack", str(tmp_path / "empty")], "no readable manifest.json"),
        (
            ["pack", str(shelf / "small"), "--out", str(shelf / "small.atlas.zip")],
            "something is there already; name another file",
        ),
        (["unpack", str(tmp_path / "none.zip"), str(tmp_path / "o")], "there is no such file"),
        (["unpack", str(tmp_path / "text.zip"), str(tmp_path / "o")], "it is no packed atlas, or was cut off"),
        (["unpack", str(shelf / "small.atlas.zip"), str(tmp_path / "o"), "--sha256", "00"], "its SHA-256 is"),
    ):
        capsys.readouterr()
        assert main(arguments) == 2
        told = capsys.readouterr().err
        assert said in told
        assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "o").exists()


def test_an_atlas_that_describe_was_killed_in_is_not_packed(shelf, tmp_path):
    for part in ("small", "small-images"):
        shutil.copytree(shelf / part, tmp_path / part)
    (tmp_path / "small" / "manifest.json.partial").write_text("{}")
    with pytest.raises(UserError, match="run that stage again first"):
        pack(Pack(tmp_path / "small", tmp_path / "own.zip"))
