"""On the shipped atlases, whose encoder lies beside them, and on a drawn one, whose encoder would have to be downloaded."""

from pathlib import Path

from explorer.atlas.library import Library, open_library
from explorer.operations.search import search_text
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.app import create_context
from explorer.ui.context import Context
from explorer.ui.preload import preload
from tests.making import Making, make_atlas
from tests.test_assets import ASSETS


def framed(library: Library, directory: Path) -> Context:
    session = Session(AnswerStore(directory / "answers.sqlite"), library)
    return create_context(library, session, Settings(()))


def test_the_first_picture_finds_its_models_loaded(tmp_path):
    context = framed(open_library([ASSETS / "storybook" / "atlases"]), tmp_path)
    first = context.atlas({})
    assert not context.pool.can_read_now(first)
    preload(context).join(60)
    assert context.pool.can_read_now(first)


def test_nothing_is_downloaded_unasked(tmp_path):
    make_atlas(tmp_path, Making(name="drawings", neurons=20, library="transformers"))
    context = framed(open_library([tmp_path]), tmp_path)
    preload(context).join(60)
    assert not context.pool.can_read_now(context.atlas({}))


def test_without_an_atlas_nothing_is_said(tmp_path, capfd):
    preload(framed(open_library([tmp_path]), tmp_path)).join(60)
    assert capfd.readouterr() == ("", "")


def test_the_first_search_finds_its_text_tower_loaded(tmp_path, monkeypatch):
    context = framed(open_library([ASSETS / "storybook" / "atlases"]), tmp_path)
    preload(context).join(60)
    shown = context.atlas({})
    assert shown.manifest.search is not None
    monkeypatch.setattr("explorer.models.text_reader.load_text_reader", None)  # loading would fail
    assert search_text(context.pool, shown, "blue").hits
