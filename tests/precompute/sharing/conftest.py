"""A fake of the Hub that the Hub's client is pointed at, and small atlases to share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.fake_hub import TOKEN, FakeHub, fake_hub
from tests.making import Making, make_atlas


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """An empty fake of the Hub, a token for it, and caches of its own; the client's own protocol for large files is off."""
    with fake_hub() as hub:
        for name, value in {
            "ENDPOINT": hub.url,
            "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
            "HF_HUB_OFFLINE": False,
            "HF_HUB_DISABLE_XET": True,
            "HF_HUB_CACHE": str(tmp_path / "cache" / "hub"),
            "HF_ASSETS_CACHE": str(tmp_path / "cache" / "assets"),
            "HF_TOKEN_PATH": str(tmp_path / "no-token"),
            "HF_STORED_TOKENS_PATH": str(tmp_path / "no-tokens"),
        }.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the atlases `one` and `two`."""
    root = tmp_path_factory.mktemp("pair")
    for name in ("one", "two"):
        make_atlas(root, Making(name=name, neurons=16, drawn=8, dead=2))
    return root
