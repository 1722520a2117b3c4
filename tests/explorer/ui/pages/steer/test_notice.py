from explorer.atlas.library import Library
from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.notice import why_not

MET = UserError("what was met")


def test_without_any_atlas_it_tells_how_to_make_one():
    assert text.NO_ATLAS in why_not(Library({}, []), "", True, MET)


def test_an_atlas_that_cannot_steer_names_those_that_can(library: Library):
    page = why_not(library, "plain", True, UserError(text.STEER_NOT_THIS_ATLAS))
    assert link("steer", library.atlases["drawings"]) in page
    assert link("steer", library.atlases["plain"]) not in page


def test_where_none_can_it_tells_how_to_make_one(library: Library):
    page = why_not(Library({"plain": library.atlases["plain"]}, []), "plain", True, MET)
    assert "--tap 22:patches" in page


def test_without_a_model_it_tells_how_to_name_one(library: Library):
    page = why_not(library, "drawings", False, UserError(words.NO_MODEL))
    assert words.NO_MODEL_HOW in page


def test_anything_else_is_one_sentence_and_a_way_on(library: Library):
    page = why_not(library, "drawings", True, MET)
    assert page.count("what was met") == 1
    assert link("steer", library.atlases["drawings"]) in page
    assert "href" not in why_not(library, "nobody", True, MET)
