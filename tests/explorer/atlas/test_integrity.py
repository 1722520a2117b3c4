"""What is listed is what is read: every change of a file is seen, and a file that did not change is read once."""

import os

import pytest

from explorer.atlas import integrity
from explorer.atlas.integrity import CheckedFiles, Unfit, file_info
from explorer.errors import UserError


@pytest.fixture
def files(tmp_path):
    (tmp_path / "one").write_bytes(b"all that it holds")
    (tmp_path / "two").write_bytes(b"something else")
    return CheckedFiles(tmp_path, {"one": file_info(tmp_path / "one")}, "atlas made")


def refusal(ask):
    with pytest.raises(UserError) as caught:
        ask("one")
    return caught.value


def test_a_whole_file_is_read(files):
    files.look()
    assert files.read("one") == files.path("one").read_bytes() == b"all that it holds"


@pytest.mark.parametrize("ask", ["read", "path"])
def test_what_is_wrong_is_named_without_the_place(files, tmp_path, ask):
    path = tmp_path / "one"
    for spoil, said in [
        (lambda: path.write_bytes(b"All that it holds"), "not what the manifest lists"),
        (lambda: path.write_bytes(b"all"), "it has 3 of 17 bytes"),
        (path.unlink, "is missing"),
        (lambda: os.mkfifo(path), "not a regular file"),
        (lambda: (path.unlink(), path.mkdir()), "not a regular file"),
        (lambda: (path.rmdir(), path.symlink_to("two")), "not a regular file"),
    ]:
        spoil()
        error = refusal(getattr(files, ask))
        assert said in str(error)
        assert str(tmp_path) in str(error)
        what = str(error).split(": ", 1)[1].split(";")[0]
        assert error.public == f"Atlas made: {what}; whoever runs this Monoscope can put it right."
        assert str(tmp_path) not in str(error.public)


def test_what_is_not_listed_is_not_read(files):
    for name in ("two", "../one", "/etc/passwd"):
        with pytest.raises(UserError, match="not listed"):
            files.path(name)


def test_a_change_of_one_tick_is_seen(files, tmp_path):
    """With the same size and times: a clock that ticks every few milliseconds hides the second of two quick changes."""
    path = tmp_path / "one"
    files.path("one")
    before = path.stat()
    path.write_bytes(b"ALL that it holds")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "not what the manifest lists" in str(refusal(files.path))


def test_a_settled_file_is_read_once(files, tmp_path, monkeypatch):
    monkeypatch.setattr(integrity, "SETTLED", -1)  # every file is
    read = []
    opened = integrity._opened
    monkeypatch.setattr(integrity, "_opened", lambda path: read.append(path) or opened(path))
    for _ in range(3):
        files.path("one")
    assert len(read) == 1
    os.utime(tmp_path / "one", ns=(0, 0))
    files.path("one")
    assert len(read) == 2


def test_what_a_parser_raises_is_told_as_damage(files):
    for error, said in [
        (Unfit("has 3 rows"), "one has 3 rows"),
        (RecursionError("/secret"), r"one cannot be read \(RecursionError\)"),
    ]:
        with pytest.raises(UserError, match=said) as caught, files.using("one"):
            raise error
        assert "/secret" not in str(caught.value.public)
