"""The Image page's address, and what its handlers do with those that anyone writes."""

import pytest

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.pages.image.view import ImageView, read_view
from tests.serving import Served

HOSTILE = ["9-3", "64", "-1", "0-9999", "a", "1,2", "1" * 5000, "%00", "<script>", "0.0"]


@pytest.fixture(scope="module")
def patches(world) -> Atlas:
    return Atlas(world.atlases / "patches")


def test_what_an_address_says(patches: Atlas) -> None:
    assert read_view({}, patches) == ImageView("", "", "strongest", ())
    asked = {"example": "ab", "order": "unusual", "patches": "0.2-3"}
    assert read_view(asked, patches) == ImageView("ab", "", "unusual", (0, 2, 3))
    assert read_view(asked | {"example2": "cd"}, patches) == ImageView("ab", "cd", "unusual", ())  # two pictures have no region


@pytest.mark.parametrize("runs", HOSTILE)
def test_a_region_that_is_none_is_the_whole_picture(patches: Atlas, runs: str) -> None:
    assert read_view({"patches": runs}, patches).region == ()


def test_an_atlas_without_patches_has_no_region(world) -> None:
    assert read_view({"patches": "0-3"}, Atlas(world.atlases / "classes")).region == ()


def test_an_order_that_is_none_is_the_first(patches: Atlas) -> None:
    assert read_view({"order": "<script>"}, patches).order == "strongest"


def answer(site: Served, fn: int, data: list[object], query: str, session: str) -> str:
    """All HTML that a job ends with."""
    site.join(fn, data, session, query).raise_for_status()
    done = [told for told in site.listen(session) if told["msg"] == "process_completed"]
    assert done
    assert all(told["success"] for told in done)
    return "".join(part for part in done[-1]["output"]["data"] if isinstance(part, str))


def jobs(site: Served, trigger: str) -> list[int]:
    """The Image page's queued handlers of an event that take both of the visitor's pictures, or one and an upload."""
    config = site.client.get("/config", params={"page": "image"}).json()
    return [
        d["id"]
        for d in config["dependencies"]
        if d["queue"] and d["targets"] and d["targets"][0][1] == trigger and len(d["inputs"]) == 2
    ]


@pytest.mark.parametrize("query", ["", "&patches=9-3", "&patches=999", "&order=x&show=%3Cscript%3E", "&example2=upload"])
def test_a_picture_of_the_atlas_is_read_whatever_else_is_said(site: Served, patches: Atlas, query: str) -> None:
    image = patches.top_images(int(patches.neurons["max"].idxmax()))[0].image
    (rank, *_uploads) = jobs(site, "input")
    for fn, data in ((jobs(site, "load")[0], [None, None]), (rank, [{"a": 1}, ["x"]])):
        drawn = answer(site, fn, data, f"atlas=patches&example={image}{query}", "image-view")
        assert "fired-row" in drawn
        assert "<script>" not in drawn


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("atlas=patches&example=nothing", text.UNKNOWN_EXAMPLE),
        ("atlas=nothing&example=x", text.UNKNOWN_ATLAS),
        ("atlas=plain&example=x", text.NO_ENCODER),
    ],
)
def test_what_is_not_there_is_one_sentence(site: Served, query: str, said: str) -> None:
    for trigger in ("load", "input"):
        drawn = answer(site, jobs(site, trigger)[0], [None, None], query, "image-wrong")
        assert drawn.count("notice") == 1
        assert said.split("'")[0] in drawn


def test_an_unknown_second_example_is_one_sentence(site: Served, patches: Atlas) -> None:
    image = patches.top_images(int(patches.neurons["max"].idxmax()))[0].image
    query = f"atlas=patches&example={image}&example2=../../etc/passwd"
    assert text.UNKNOWN_EXAMPLE in answer(site, jobs(site, "load")[0], [None, None], query, "image-second")


@pytest.mark.parametrize("name", ["upload-" + "0" * 32, "/etc/passwd", "", 7, ["x"]])
def test_what_is_no_upload_is_one_sentence(site: Served, name: object) -> None:
    for fn in jobs(site, "input")[1:]:
        drawn = answer(site, fn, [{"path": name}, None], "atlas=patches", "image-upload")
        assert text.NO_UPLOAD in drawn
