"""Which atlases are shown, what is said about them, and what a wrong registry is told."""

from pathlib import Path

import pytest

from explorer.atlas.registry import open_atlases
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """Three atlases: two of the class token, and `patches`, which can be steered with."""
    root = tmp_path_factory.mktemp("atlases")
    for name in ("aaa", "bbb"):
        make_atlas(root, Making(name=name, neurons=8, dead=0, grid=None, levels=1))
    patches = make_atlas(root, Making(name="patches", neurons=8, dead=0, levels=1))
    change_manifest(patches, lambda content: content["tap"].update(name="3:patches"))
    return root


def registry(root: Path, content: str) -> Path:
    file = root / "atlases.toml"
    file.write_text(content, encoding="utf-8")
    return file


def test_of_directories_the_most_capable_atlas_is_first(root):
    assert list(open_atlases([root]).atlases) == ["patches", "aaa", "bbb"]
    assert list(open_atlases([root / "bbb", root / "aaa"]).atlases) == ["bbb", "aaa"]  # of equals the first that was found


def test_a_registry_names_arranges_and_notes(root):
    file = registry(
        root,
        """
        [[atlas]]
        path = "patches"
        steering = "nobody"
        [[atlas]]
        path = "bbb"
        name = "photos"
        first = true
        content_note = "Unfiltered."
        """,
    )
    library = open_atlases([file])
    assert library.problems == []
    assert list(library.atlases) == ["photos", "patches"]
    assert library.atlases["photos"].name == "photos"
    assert library.atlases["photos"].entry.content_note == "Unfiltered."
    assert not can_steer(library.atlases["patches"])
    assert can_steer(open_atlases([root]).atlases["patches"])


def test_a_registry_and_directories_together(root):
    file = registry(root, '[[atlas]]\npath = "aaa"\nfirst = true\n')
    library = open_atlases([root / "patches", file, root / "aaa"])  # one of them twice
    assert list(library.atlases) == ["aaa", "patches"]
    assert library.problems == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[[atlas]]\npath = ", "cannot be read"),
        ("", "atlas: field required"),
        ("[[atlas]]\nname = 'x'\n", "atlas.0.path: field required"),
        ("[[atlas]]\npath = 'aaa'\nfirst = 'yes'\n", "atlas.0.first: input should be a valid boolean"),
        ("[[atlas]]\npath = 'aaa'\nfrist = true\n", "atlas.0.frist: extra inputs are not permitted"),
        ("[[atlas]]\npath = 'aaa'\nname = '../x'\n", "atlas.0.name"),
        ("[[atlas]]\npath = 'aaa'\nsteering = 'me'\n", "atlas.0.steering"),
        ("[[atlas]]\npath = 'nowhere'\n", "is no directory"),
        ("[[atlas]]\npath = '.'\nname = 'all'\n", "is no single atlas"),
        ("[[atlas]]\npath = 'hub:mine'\n", "it is no name on the Hub"),
        ("[[atlas]]\npath = 'aaa'\nfirst = true\n[[atlas]]\npath = 'bbb'\nfirst = true\n", "several atlases are called first"),
    ],
)
def test_a_wrong_registry_is_told_what_is_wrong(root, content, says):
    with pytest.raises(UserError, match="registry") as refused:
        open_atlases([registry(root, content)])
    assert says in str(refused.value)


def test_a_wrong_path_is_an_error_and_not_an_empty_library(tmp_path):
    for path in (tmp_path / "missing", tmp_path / "missing.toml"):
        with pytest.raises(UserError, match="missing"):
            open_atlases([path])
    assert open_atlases([tmp_path]).atlases == {}  # there, and empty: the page says how to make the first one
