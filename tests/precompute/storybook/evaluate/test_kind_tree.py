"""Storybook's tree of kinds, and the kinds in its pictures."""

import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import thumbnail
from explorer.errors import UserError
from precompute.storybook.evaluate.kind_tree import ROOT, kind_tree, kinds_shown, scene_of, shows_scenes
from precompute.storybook.sample import sample_scene
from tests.making import make_atlas


def test_the_tree_is_three_deep():
    tree = kind_tree()
    assert [tree.depth(label) for label in (ROOT, "vehicle", "boat")] == [0, 1, 2]
    assert tree.common_depth([{"boat", "cat"}, {"car"}, {"bus", "dog"}]) == 1  # vehicles, all of them
    assert tree.common_depth([{"boat", "cat"}, {"boat"}]) == 2
    assert tree.common_depth([{"boat"}, {ROOT}]) == 0


@pytest.mark.parametrize(
    "key", ["cat.png", "train-12.png", "train-1000000.png.txt", "test-1000000.png", "train-1000000\n.png", ""]
)
def test_other_files_show_no_scene(key):
    assert scene_of(key) is None


def test_a_file_names_its_scene():
    assert scene_of("train-1000042.png") == sample_scene(1000042, "train")
    assert scene_of("photo-000007.png") == sample_scene(7, "photo")
    assert scene_of("some/where/heldout-000007.png") == sample_scene(7, "heldout")


def test_kinds_of_a_built_in_atlas(patches):
    assert shows_scenes(patches)
    shown = kinds_shown(patches)
    for image, kinds in list(shown.items())[:50]:
        seed = int(patches.images.about(image).key.removeprefix("photo-").removesuffix(".png"))
        assert kinds == ({bunch.kind for bunch in sample_scene(seed, "photo").bunches} or {ROOT})
    assert frozenset({ROOT}) in shown.values()


def test_photographs_named_like_scenes_are_not_storybooks(patches, monkeypatch):
    """The built-in atlas under a store that shows, for each image, the one before it."""
    images = sorted(patches.images)
    before = dict(zip(images, [images[-1], *images], strict=False))
    assert shows_scenes(patches)
    own = patches.images.thumbnail
    monkeypatch.setattr(patches.images, "thumbnail", lambda image: own(before[image]))
    assert not shows_scenes.__wrapped__(patches)
    monkeypatch.setattr(patches.images, "thumbnail", lambda image: thumbnail(Image.new("RGB", (256, 128)))[0])
    assert not shows_scenes.__wrapped__(patches)


def test_other_pictures_are_not_storybooks(tmp_path):
    atlas = Atlas(make_atlas(tmp_path))
    assert not shows_scenes(atlas)
    with pytest.raises(UserError, match=r"--tree storybook: drawings has images that are not Storybook's, such as \d{4}.png"):
        kinds_shown(atlas)
