"""Visitors' pictures on disk: who may name what, how much may lie there, and that all of it goes."""

import os
import shutil
import time
from pathlib import Path

import pytest

from explorer.errors import VisitorError
from explorer.ui import text, uploads
from explorer.ui.uploads import Uploads


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    monkeypatch.setattr(uploads, "LEAST", 0)
    return Uploads(largest=100, of_one=250, of_all=600, root=tmp_path / "root")


def test_an_upload_is_read_by_its_name_alone(place: Uploads) -> None:
    name = place.keep(b"picture", "anna")
    assert place.read(name) == b"picture"
    assert len({place.keep(b"", "anna") for _ in range(10)}) == 10


@pytest.mark.parametrize(
    "name", [None, 3, {}, ["upload-" + "0" * 32], "", "upload-", "../upload-", "/etc/passwd", "upload-" + "0" * 32]
)
def test_what_is_no_upload_is_one_sentence(place: Uploads, name: object) -> None:
    with pytest.raises(VisitorError, match=text.NO_UPLOAD):
        place.read(name)


@pytest.mark.parametrize("swap", ["link", "fifo", "directory", "gone"])
def test_an_upload_that_was_swapped_is_not_opened(place: Uploads, tmp_path: Path, swap: str) -> None:
    name = place.keep(b"picture", "anna")
    path = place.directory / name
    path.unlink()
    (tmp_path / "secret").write_bytes(b"secret")
    if swap == "link":
        path.symlink_to(tmp_path / "secret")
    elif swap == "fifo":
        os.mkfifo(path)  # opening it would wait for a writer
    elif swap == "directory":
        path.mkdir()
    with pytest.raises(VisitorError, match=text.NO_UPLOAD):
        place.read(name)


def test_a_file_that_nobody_sent_is_not_read(place: Uploads) -> None:
    (place.directory / f"upload-{'a' * 32}").write_bytes(b"x")
    with pytest.raises(VisitorError, match=text.NO_UPLOAD):
        place.read(f"upload-{'a' * 32}")


def test_quotas(place: Uploads) -> None:
    with pytest.raises(VisitorError, match="larger than"):
        place.keep(b"x" * 101, "anna")
    for _ in range(2):
        place.keep(b"x" * 100, "anna")
    with pytest.raises(VisitorError, match="came from you"):
        place.keep(b"x" * 51, "anna")
    place.keep(b"x" * 50, "anna")  # 250
    place.keep(b"x" * 100, "bert")
    place.keep(b"x" * 100, "bert")
    place.keep(b"x" * 100, "cora")  # 550
    with pytest.raises(VisitorError, match=text.UPLOADS_OF_ALL_FULL):
        place.keep(b"x" * 51, "dora")
    place.keep(b"x" * 50, "dora")


def test_what_is_coming_takes_place_until_it_came(place: Uploads) -> None:
    with place.reserved("anna", 100), place.reserved("anna", 100):
        with pytest.raises(VisitorError, match="came from you"), place.reserved("anna", 100):
            pass
        with pytest.raises(VisitorError, match="came from you"):
            place.keep(b"x" * 51, "anna")
    with place.reserved("anna", 100):
        pass


def test_a_full_disk_is_a_sentence_and_counts_nothing(place: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(uploads.os, "open", full)
        for _ in range(5):
            with pytest.raises(VisitorError, match=text.UPLOADS_OF_ALL_FULL):
                place.keep(b"x" * 100, "anna")
    assert place.read(place.keep(b"x" * 100, "anna")) == b"x" * 100


def test_a_directory_that_was_tidied_away_is_made_again(place: Uploads) -> None:
    shutil.rmtree(place.directory)
    assert place.read(place.keep(b"x", "anna")) == b"x"


def test_old_ones_go_and_make_room(place: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    name = place.keep(b"x" * 100, "anna")
    place.keep(b"x" * 100, "anna")
    late = time.monotonic() + uploads.KEPT_S + 1
    monkeypatch.setattr(uploads.time, "monotonic", lambda: late)
    with pytest.raises(VisitorError):
        place.read(name)  # even before the sweep
    place.sweep()
    assert list(place.directory.glob("upload-*")) == []
    place.keep(b"x" * 100, "anna")
    with pytest.raises(VisitorError):
        place.read(name)


def test_even_nothing_takes_place(tmp_path: Path) -> None:
    place = Uploads(10**6, 3 * uploads.LEAST, 10**9, tmp_path / "root")
    for _ in range(3):
        place.keep(b"", "anna")
    with pytest.raises(VisitorError, match="came from you"):
        place.keep(b"", "anna")


def test_a_view_goes_with_its_upload(place: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    name = place.keep(b"large", "anna")
    place.keep_view(name, b"small")
    assert (place.read(name), place.view(name)) == (b"large", b"small")
    with pytest.raises(VisitorError):
        place.read(name + uploads.VIEW)
    monkeypatch.setattr(uploads.time, "monotonic", lambda: 10**9)
    place.sweep()
    assert list(place.directory.glob("upload-*")) == []
    place.keep_view(name, b"small")
    with pytest.raises(VisitorError):
        place.view(name)


def test_close_leaves_nothing(place: Uploads) -> None:
    place.keep(b"x", "anna")
    place.close()
    assert not place.directory.exists()


def test_what_a_dead_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    living = Uploads(10**6, 10**6, 10**6, tmp_path)
    name = living.keep(b"x", "anna")
    dead = tmp_path / "process-dead"
    dead.mkdir()
    (dead / "in-use").touch()
    (dead / "upload-1").write_bytes(b"x")
    never_locked = tmp_path / "process-unborn"
    never_locked.mkdir()
    Uploads(100, 100, 100, tmp_path).close()
    assert not dead.exists()
    assert not never_locked.exists()
    assert living.read(name) == b"x"


def test_a_directory_that_others_can_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(PermissionError, match="of this user alone"):
        Uploads(1, 1, 1, tmp_path / "open")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        Uploads(1, 1, 1, tmp_path / "link")
