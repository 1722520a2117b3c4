import csv
import io
import json
import os
import pickle
import tarfile

import pytest
from PIL import Image

from explorer.errors import UserError
from precompute.sources.folder import Folder
from precompute.sources.open_images import open_images

MOST = 10**6  # bytes


def picture(color: str = "red", kind: str = "PNG") -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (8, 6), color).save(packed, kind)
    return packed.getvalue()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "photos"
    for key, color in {"dog/b.png": "red", "dog/a.jpg": "blue", "cat/c.webp": "green", "top.PNG": "black"}.items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(picture(color, {"jpg": "JPEG", "webp": "WEBP"}.get(key.split(".")[-1], "PNG")))
    (root / "notes.txt").write_text("not a picture")
    return root


def assert_parts_are_the_set(images):
    """A part, as it reaches a worker of a cluster, reads there what the set reads here."""
    first, rest = (pickle.loads(pickle.dumps(images.part(within))) for within in (slice(0, 1), slice(1, None)))
    assert first.keys + rest.keys == images.keys
    assert first.labels + rest.labels == images.labels
    read = [part.read(i, MOST) for part in (first, rest) for i in range(len(part.keys))]
    assert read == [images.read(i, MOST) for i in range(len(images.keys))]


def test_folder_in_order_of_path_with_its_classes(folder):
    images = open_images(str(folder))
    assert images.keys == ["cat/c.webp", "dog/a.jpg", "dog/b.png", "top.PNG"]
    assert images.labels == ["cat", "dog", "dog", ""]
    assert images.read(2, MOST) == picture("red")
    assert images.name == "photos"


def test_labels_file_chooses_order_and_labels(folder, tmp_path):
    listed = tmp_path / "labels.csv"
    with listed.open("w", newline="") as file:
        csv.writer(file).writerows([["file", "wnid", "label"], ["top.PNG", "n1", "night"], ["dog/b.png", "n2", "a, b"]])
    images = open_images(str(folder), listed)
    assert images.keys == ["top.PNG", "dog/b.png"]
    assert images.labels == ["night", "a, b"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,class\na,b\n", "found name, class"),
        ("", "no rows"),
        ("file,label\n../secret.png,x\n", "outside"),
        ("file,label\n/etc/x,y\n", "outside"),
    ],
)
def test_bad_labels_files(folder, tmp_path, content, words):
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(UserError, match=words):
        open_images(str(folder), tmp_path / "labels.csv")


def test_stamp_changes_with_the_files(folder):
    before = open_images(str(folder)).stamp()
    assert_parts_are_the_set(open_images(str(folder)))
    assert before == open_images(str(folder)).stamp()
    os.utime(folder / "top.PNG", (1, 1))
    assert before != open_images(str(folder)).stamp()


def test_tar_shards(tmp_path):
    for shard, names in enumerate([["dogs/0001", "0002.x"], ["0003"]]):
        with tarfile.open(tmp_path / f"part-{shard}.tar", "w") as tar:
            for name in names:
                for suffix, content in {
                    "jpg": picture(kind="JPEG"),
                    "cls": b"7\n",
                    "json": json.dumps({"label": "dog"}).encode(),
                }.items():
                    if (name, suffix) in {("0003", "cls"), ("dogs/0001", "json")}:
                        continue
                    info = tarfile.TarInfo(f"{name}.{suffix}")
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
    images = open_images(f"{tmp_path}/*.tar")
    assert images.keys == ["part-0/dogs/0001.jpg", "part-0/0002.x.jpg", "part-1/0003.jpg"]
    assert images.labels == ["7", "7", "dog"]
    assert images.read(2, MOST) == picture(kind="JPEG")
    assert_parts_are_the_set(images)


def test_tar_members_that_are_too_large(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo("big.png")
        info.size = 2000
        tar.addfile(info, io.BytesIO(bytes(2000)))
    images = open_images(f"{tmp_path}/*.tar")
    assert images.read(0, 2000) == bytes(2000)
    with pytest.raises(UserError, match="more than"):
        images.read(0, 1999)


def test_a_pipe_is_no_tar(tmp_path):
    os.mkfifo(tmp_path / "a.tar")
    with pytest.raises(UserError, match="not a regular file"):
        open_images(f"{tmp_path}/*.tar")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_only_regular_files_are_read(folder, make):
    """A pipe is not waited for, and a device is not read."""
    (folder / "dog" / "b.png").unlink()
    make(folder / "dog" / "b.png")
    with pytest.raises((UserError, IsADirectoryError)):
        Folder(folder, ["dog/b.png"], [""]).read(0, MOST)


def test_a_link_to_a_picture_is_one(folder):
    (folder / "link.png").symlink_to(folder / "top.PNG")
    images = open_images(str(folder))
    assert images.read(images.keys.index("link.png"), MOST) == picture("black")


def test_a_file_beyond_the_limit_is_not_read(folder):
    """It says it has 10 GB, and takes no room on disk."""
    with (folder / "top.PNG").open("ab") as file:
        file.truncate(10 * 10**9)
    images = open_images(str(folder))
    with pytest.raises(UserError, match=r"10,000\.0 MB is more than the 1\.0 MB accepted"):
        images.read(images.keys.index("top.PNG"), MOST)


def test_saved_dataset(tmp_path):
    import datasets

    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])})
    rows = {"image": [{"bytes": picture("red"), "path": None}, {"bytes": picture("blue"), "path": None}], "label": [1, 0]}
    datasets.Dataset.from_dict(rows, features).save_to_disk(tmp_path / "saved")
    images = open_images(str(tmp_path / "saved"))
    assert images.labels == ["dog", "cat"]
    assert images.read(1, MOST) == picture("blue")
    with pytest.raises(UserError, match="more than"):
        images.read(1, 10)
    assert_parts_are_the_set(images)
    assert images.stamp() == open_images(str(tmp_path / "saved")).stamp()


def test_a_saved_dataset_of_several_splits_names_them(tmp_path):
    import datasets

    rows = datasets.Dataset.from_dict(
        {"image": [{"bytes": picture(), "path": None}]}, datasets.Features({"image": datasets.Image()})
    )
    datasets.DatasetDict({"train": rows, "test": rows}).save_to_disk(tmp_path / "saved")
    with pytest.raises(UserError) as refused:
        open_images(str(tmp_path / "saved"))
    assert str(refused.value) == (
        f"--images {tmp_path}/saved: it has the splits train, test; choose one, as in --images {tmp_path}/saved/train"
    )
    assert open_images(f"{tmp_path}/saved/train").keys == ["00000000"]


def test_folders_that_are_links_are_named(folder, tmp_path):
    linked = tmp_path / "linked"
    linked.mkdir()
    for name in ("cats", "birds"):
        (linked / name).symlink_to(folder)
    with pytest.raises(
        UserError, match=r"2 folders are links, which are not followed \(birds, cats\): list their files by --labels"
    ):
        open_images(str(linked))
    (tmp_path / "labels.csv").write_text("file,label\ncats/top.PNG,cat\n")
    listed = open_images(str(linked), tmp_path / "labels.csv")
    assert listed.read(0, MOST) == (folder / "top.PNG").read_bytes()


def test_saved_dataset_without_pictures(tmp_path):
    import datasets

    datasets.Dataset.from_dict({"text": ["a"]}).save_to_disk(tmp_path / "saved")
    with pytest.raises(UserError, match="no image column among text"):
        open_images(str(tmp_path / "saved"))


@pytest.mark.parametrize(
    ("spec", "words"),
    [("nowhere", "no such directory"), ("{}", "no image"), ("{}/*.tar", "no file matches"), ("hf:no/such", "cannot load")],
)
def test_nothing_there(tmp_path, spec, words):
    with pytest.raises(UserError, match=words):
        open_images(spec.format(tmp_path))


def test_a_tar_that_is_none(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"nonsense" * 200)
    with pytest.raises(UserError, match="not a readable tar"):
        open_images(f"{tmp_path}/a.tar")
