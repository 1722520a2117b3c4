"""On the shipped atlases, whose encoder lies beside them, and on a drawn one, whose encoder would have to be downloaded."""

from pathlib import Path

from explorer.atlas.atlas import Library, open_library
from explorer.settings import Settings
from explorer.study.design import design
from explorer.study.desk import Desk
from explorer.study.store import AnswerStore
from explorer.ui.app import create_frame
from explorer.ui.frame import Frame
from explorer.ui.warming import warm_up
from tests.making import Making, make_atlas
from tests.test_assets import ASSETS


def framed(library: Library, directory: Path) -> Frame:
    desk = Desk(design(list(library.atlases.values())), AnswerStore(directory / "answers.sqlite"))
    return create_frame(library, desk, Settings(()))


def test_the_first_picture_finds_its_models_loaded(tmp_path):
    frame = framed(open_library([ASSETS / "storybook" / "atlases"]), tmp_path)
    first = frame.atlas({})
    assert not frame.firings.ready(first)
    warm_up(frame).join(60)
    assert frame.firings.ready(first)


def test_nothing_is_downloaded_unasked(tmp_path):
    make_atlas(tmp_path, Making(name="drawings", neurons=20, library="transformers"))
    frame = framed(open_library([tmp_path]), tmp_path)
    warm_up(frame).join(60)
    assert not frame.firings.ready(frame.atlas({}))


def test_without_an_atlas_nothing_is_said(tmp_path, capfd):
    warm_up(framed(open_library([tmp_path]), tmp_path)).join(60)
    assert capfd.readouterr() == ("", "")
