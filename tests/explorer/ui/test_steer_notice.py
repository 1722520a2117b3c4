from explorer.atlas.atlas import Library
from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.components.steer_notice import why_not
from explorer.ui.steer_view import steer_link

MET = UserError("what was met")


def test_without_any_atlas_it_tells_how_to_make_one():
    assert text.NO_ATLAS in why_not(Library({}, []), "", True, MET)


def test_an_atlas_that_cannot_steer_names_those_that_can(library: Library):
    page = why_not(library, "plain", True, UserError(text.STEER_NOT_THIS_ATLAS))
    assert steer_link(library.atlases["drawings"]) in page
    assert steer_link(library.atlases["plain"]) not in page


def test_where_none_can_it_tells_how_to_make_one(library: Library):
    page = why_not(Library({"plain": library.atlases["plain"]}, []), "plain", True, MET)
    assert "--tap 22:patches" in page


def test_without_a_model_it_tells_how_to_name_one(library: Library):
    page = why_not(library, "drawings", False, UserError(text.STEER_NO_MODEL))
    assert text.STEER_NO_MODEL_HOW in page


def test_anything_else_is_one_sentence_and_a_way_on(library: Library):
    page = why_not(library, "drawings", True, MET)
    assert page.count("what was met") == 1
    assert steer_link(library.atlases["drawings"]) in page
    assert "href" not in why_not(library, "nobody", True, MET)
