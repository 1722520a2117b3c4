"""Where an atlas may load its encoder from: beside itself, where the operator says, or by a name that no file has."""

import pytest

from explorer.atlas.atlas import Atlas
from explorer.atlas.encoder_source import ANYWHERE, encoder_source
from explorer.errors import UserError
from explorer.models.atlas_sae import load_sae
from explorer.models.sae.files import read_sae
from tests.making import Making, change_manifest, make_atlas


@pytest.fixture
def directory(tmp_path):
    return make_atlas(tmp_path / "world" / "atlases", Making(neurons=16, dead=1, library="transformers"))


def named(directory, source, local, library="transformers"):
    change_manifest(directory, lambda content: content["encoder"].update(source=source, local=local, library=library))
    return Atlas(directory)


def test_a_directory_beside_the_atlas(directory, tmp_path):
    atlas = named(directory, "../../models/clip", local=True)
    with pytest.raises(UserError, match="needs its encoder synthetic-encoder") as caught:
        encoder_source(atlas)
    assert caught.value.public == "The encoder of atlas drawings is missing; whoever runs this Monoscope can put it right."
    (tmp_path / "world" / "models" / "clip").mkdir(parents=True)
    assert encoder_source(atlas) == str(tmp_path / "world" / "models" / "clip")


@pytest.mark.parametrize("source", ["../../../secret", "../../../../../../../../etc", "../../models/out"])
def test_a_directory_elsewhere_is_for_the_operator_to_allow(directory, tmp_path, source):
    (tmp_path / "secret").mkdir()
    (tmp_path / "world" / "models").mkdir()
    (tmp_path / "world" / "models" / "out").symlink_to(tmp_path / "secret")
    atlas = named(directory, source, local=True)
    with pytest.raises(UserError, match="MONOSCOPE_MODELS") as caught:
        encoder_source(atlas)
    assert str(tmp_path) not in str(caught.value.public)
    if "etc" not in source:
        assert encoder_source(atlas, [tmp_path / "secret"]) == encoder_source(atlas, ANYWHERE) == str(tmp_path / "secret")


def test_a_directory_two_above_is_not_all_of_the_machine(monkeypatch, directory):
    atlas = named(directory, "../../models", local=True)
    monkeypatch.setattr(atlas, "directory", type(directory)("/atlases/drawings"))
    with pytest.raises(UserError, match="MONOSCOPE_MODELS"):
        encoder_source(atlas)


@pytest.mark.parametrize(
    ("source", "library"),
    [("owner/name", "transformers"), ("open_clip:owner/name", "open_clip"), ("open_clip:hf-hub:owner/name", "open_clip")],
)
def test_a_name_is_never_a_path(directory, tmp_path, monkeypatch, source, library):
    monkeypatch.chdir(tmp_path)
    atlas = named(directory, source, local=False, library=library)
    assert encoder_source(atlas) == source
    (tmp_path / source.removeprefix("open_clip:")).mkdir(parents=True)
    with pytest.raises(UserError, match="a file of that name is here"):
        encoder_source(atlas)


@pytest.mark.parametrize(
    ("source", "local"),
    [
        ("/etc", True),
        ("C:\\models", True),
        ("/etc", False),
        ("..", False),
        ("a/../../etc", False),
        ("a/b/c", False),
        ("open_clip:../x", False),
    ],
)
def test_what_is_neither_is_refused_at_opening(directory, source, local):
    with pytest.raises(UserError, match="source"):
        named(directory, source, local)


def test_the_sae_is_the_one_that_the_manifest_lists(directory):
    atlas = Atlas(directory)
    assert load_sae(atlas).config == read_sae(directory).config
    data = (directory / "sae.safetensors").read_bytes()
    (directory / "sae.safetensors").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    read_sae(directory)  # would take it
    with pytest.raises(UserError, match=r"sae.safetensors is damaged"):
        load_sae(atlas)
