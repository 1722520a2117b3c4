"""The API as `gradio_client` uses it, on the served explorer: answers of the operations, and one sentence for what is wrong."""

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError, ValidationError
from PIL import Image

from explorer import open_atlas
from explorer.atlas.query import SORTS
from explorer.atlas.registry import open_atlases
from explorer.atlas.steerable import usual_where
from explorer.notebook import OpenAtlas
from explorer.operations.atlases import atlases
from explorer.ui import text
from explorer.ui.questions import QUESTIONS
from explorer.ui.questions.of_atlases import Neurons
from tests.attacks.foreign_files import hostile_names, web_server
from tests.serving import ROOT, Served, served

pytestmark = pytest.mark.slow

STORYBOOK = ROOT / "assets/storybook/atlases"
PATCHES = "storybook-patches"


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(STORYBOOK) as running:
        yield running


@pytest.fixture(scope="module")
def client(site: Served) -> Iterator[Client]:
    client = Client(site.url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


@pytest.fixture(scope="module")
def atlas() -> OpenAtlas:
    return open_atlas(STORYBOOK / PATCHES)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "gradient.png")
    return tmp_path / "gradient.png"


def refusal(client: Client, name: str, **arguments: Any) -> str:
    with pytest.raises(AppError) as raised:
        client.predict(api_name=name, **arguments)
    return str(raised.value)


def test_the_endpoints_are_described(site: Served) -> None:
    info = site.client.get("/gradio_api/info").json()
    assert list(info["named_endpoints"]) == [f"/{name}" for name in QUESTIONS]
    assert info["unnamed_endpoints"] == {}
    for endpoint in info["named_endpoints"].values():
        assert len(endpoint["description"]) > 100
        assert endpoint["api_visibility"] == "public"


def test_names_of_sorts_are_the_atlas_s() -> None:
    assert set(Neurons.model_json_schema()["properties"]["sort"]["enum"]) == set(SORTS)


def test_atlases(client: Client) -> None:
    summaries = [summary.as_dict() for summary in atlases(open_atlases([STORYBOOK]))]
    assert client.predict(api_name="/atlases") == {"atlases": summaries}
    assert {summary["atlas"] for summary in summaries if summary["can_steer"]} == {PATCHES}


def test_neurons(client: Client, atlas: OpenAtlas) -> None:
    asked = {"sort": "density", "least_ms": 0.1, "images": 4, "page": 1, "size": 5, "most_density": 0.15, "named": False}
    told = client.predict(api_name="/neurons", atlas=PATCHES, **asked)
    page = atlas.browse(sort="density", ms=(0.1, 1.0), images=4, page=1, size=5, density=(0.0, 0.15))
    assert len(page.neurons) == 5
    assert told == {"atlas": PATCHES, **page.as_dict()}


def test_neuron_and_its_images(site: Served, client: Client, atlas: OpenAtlas) -> None:
    told = client.predict(7, api_name="/neuron", atlas=PATCHES, images=3, patches=True)
    images = told.pop("images")
    assert told == {"atlas": PATCHES, **atlas.neuron(7).as_dict()}
    assert set(told["alpha"]) == {"low", "high", "step", "strongest", "reads_well"}
    tops = atlas.top_images(7, count=3)
    assert [image["image"] for image in images] == list(tops.image)
    assert [image["patches"] for image in images] == list(tops.patches)
    for image in images:
        assert image["thumbnail"] == f"thumbs/{atlas.atlas.manifest.image_store}/{image['image']}.webp"
        assert site.client.get(f"/{image['thumbnail']}").content == atlas.atlas.images.thumbnail(image["image"])
    assert "patches" not in client.predict(7, api_name="/neuron", atlas=PATCHES, images=1)["images"][0]


def _readings(told: dict[str, Any]) -> dict[int, Any]:
    return {neuron["neuron"]: pytest.approx(neuron["activation"], rel=1e-3) for neuron in told["neurons"]}


def test_read_an_upload_and_an_image_of_the_atlas(client: Client, atlas: OpenAtlas, picture: Path) -> None:
    told = client.predict(api_name="/read", atlas=PATCHES, image=handle_file(picture), limit=5)
    direct = atlas.read(picture, 5)
    assert len(direct) == 5
    assert dict(zip(direct.neuron, direct.activation, strict=True)) == _readings(told)
    image = atlas.top_images(7).image[0]
    told = client.predict(api_name="/read", atlas=PATCHES, example=image, limit=5, patches=True)
    direct = atlas.read(atlas.thumbnail(image), 5)
    assert dict(zip(direct.neuron, direct.activation, strict=True)) == _readings(told)
    assert len(told["neurons"][0]["patches"]) == atlas.atlas.manifest.tap.grid[0]
    assert {"name", "source", "score", "by", "note"} == set(told["neurons"][0]["name"])


def test_two_pictures_are_compared(client: Client, atlas: OpenAtlas, picture: Path) -> None:
    image = atlas.top_images(7).image[0]
    told = client.predict(
        api_name="/contrast", atlas=PATCHES, image=handle_file(picture), second_example=image, limit=200, patches=True
    )
    whole = [atlas.read(shown, 200) for shown in (picture, atlas.thumbnail(image))]
    assert max(map(len, whole)) < 200
    first, second = (dict(zip(one.neuron, one.activation, strict=True)) for one in whole)
    pairs = {pair["first"]["neuron"]: [pair[place]["activation"] for place in ("first", "second")] for pair in told["shared"]}
    both = set(first) & set(second)
    assert pairs == {neuron: pytest.approx([first[neuron], second[neuron]], rel=1e-3) for neuron in both}
    assert {one["neuron"] for one in told["only_first"]} == set(first) - both
    assert {one["neuron"] for one in told["only_second"]} == set(second) - both
    assert told["counts"] == [len(pairs), len(first) - len(both), len(second) - len(both)]
    assert [len(told["shared"][0][place]["patches"]) for place in ("first", "second")] == [atlas.atlas.manifest.tap.grid[0]] * 2
    same = client.predict(api_name="/contrast", atlas=PATCHES, image=handle_file(picture), second_image=handle_file(picture))
    assert (same["only_first"], same["only_second"]) == ([], [])
    assert "missed" not in same
    assert "patches" not in same["shared"][0]["first"]
    assert text.ASK_ONE_IMAGE in refusal(client, "/contrast", atlas=PATCHES, image=handle_file(picture))


def test_search_by_words_by_a_neuron_and_by_a_picture(client: Client, atlas: OpenAtlas, picture: Path) -> None:
    told = client.predict(api_name="/search", atlas=PATCHES, text="something red and round", limit=5)
    assert (told["by_meaning"], told["unknown_words"]) == (True, ["round"])
    assert [hit["why"] for hit in told["hits"]] == ["meaning"] * 5
    told = client.predict(api_name="/search", atlas=PATCHES, neuron=7, limit=4)
    assert told["hits"][0]["summary"]["neuron"] == atlas.neuron(7).neighbours.nearest[0].neuron
    for image in ({"image": handle_file(picture)}, {"example": atlas.top_images(7).image[0]}):
        told = client.predict(api_name="/search", atlas=PATCHES, limit=6, **image)
        assert [hit["why"] for hit in told["hits"]] == ["fires"] * 3 + ["meaning"] * 3


def test_compare_two_atlases_and_several_neurons(client: Client) -> None:
    told = client.predict(api_name="/compare", atlas="storybook", other="storybook-batchtopk")
    assert (told["measure"], len(told["counterparts"]), [side["atlas"] for side in told["sides"]]) == (
        "images",
        8,
        ["storybook", "storybook-batchtopk"],
    )
    told = client.predict(api_name="/compare", neurons=f"storybook:26,{PATCHES}:7")
    assert (told["atlases"], [summary["neuron"] for summary in told["neurons"]]) == (["storybook", PATCHES], [26, 7])


@pytest.mark.parametrize("own", [True, False])
def test_steer_streams_answers_that_grow(client: Client, atlas: OpenAtlas, picture: Path, own: bool) -> None:
    number = int(atlas.neurons.steerability.idxmax())
    alpha = atlas.neuron(number).alpha.high
    image = next(image for image in atlas.top_images(7).image if image not in set(atlas.top_images(number).image))
    given = {"image": handle_file(picture)} if own else {"example": image}
    job = client.submit(api_name="/steer", neuron=number, alpha=alpha, length=12, **given)
    told = list(job)
    direct = atlas.steer(picture if own else atlas.thumbnail(image), number, alpha, length=12)
    assert (told[-1]["unsteered"], told[-1]["steered"]) == (direct.unsteered, direct.steered)
    assert direct.unsteered != direct.steered
    assert told[-1]["done"]
    for before, after in pairwise(told):
        assert after["unsteered"].startswith(before["unsteered"])
    assert len({answer["steered"] for answer in told}) > 2


def test_steer_along_a_word_or_along_images(client: Client, atlas: OpenAtlas) -> None:
    """The word comes into the answer; the images that it was made of do the same."""
    image = next(image for image in atlas.top_images(7).image)
    by_word = client.predict(api_name="/steer_concept", word="mushroom", example=image, length=24, where="all")
    assert "mushroom" in by_word["steered"]
    assert "mushroom" not in by_word["unsteered"]
    assert (by_word["done"], by_word["reconstructed"], by_word["moved"], len(by_word["concept"])) == (True, None, 64, 16)
    by_images = client.predict(api_name="/steer_concept", concept=",".join(by_word["concept"]), example=image, length=24)
    assert "mushroom" in by_images["steered"]
    assert by_images["moved"] == {"all": 64, "middle": 36}[usual_where(atlas.atlas)]  # as `steer` without `where`, and the page
    direct = atlas.steer(atlas.thumbnail(image), 0, 4.0, concept=tuple(by_word["concept"]), where="all", length=24)
    assert direct.steered == by_word["steered"]


def test_steer_says_what_its_answer_is_held_against(client: Client, atlas: OpenAtlas) -> None:
    numbers = [int(number) for number in atlas.neurons.steerability.nlargest(2).index]
    alphas = [round(float(atlas.neurons["max"][number]), 3) for number in numbers]
    image = atlas.top_images(numbers[0]).image[0]
    given = {"also": f"{numbers[1]}:{alphas[1]}", "region": "0-1.9", "mode": "add", "controls": True}
    told = client.predict(api_name="/steer", neuron=numbers[0], alpha=alphas[0], example=image, length=12, **given)
    fields = {"also": ((numbers[1], alphas[1]),), "patches": (0, 1, 9), "mode": "add", "controls": True, "length": 12}
    direct = atlas.steer(atlas.thumbnail(image), numbers[0], alphas[0], **fields)
    for name in ("unsteered", "steered", "reconstructed", "diff_mean", "random", "moved"):
        assert told[name] == getattr(direct, name)
    assert told["moved"] == 3
    verdicts = {verdict["answer"]: verdict for verdict in told["verdicts"]}
    assert list(verdicts) == ["unsteered", "steered", "reconstructed", "diff_mean", "random"]
    assert {verdict["judge"] for verdict in verdicts.values()} == {"exact"}
    assert verdicts["steered"]["concept"].startswith(("kind:", "thing:", "group:", "setting:", "weather:", "colour:"))
    assert {type(verdict[field]) for verdict in verdicts.values() for field in ("says", "followed")} == {bool}


def test_steer_sets_a_neuron_where_the_atlas_was_described_or_where_it_is_asked_to(client: Client, atlas: OpenAtlas) -> None:
    number = int(atlas.neurons.steerability.idxmax())
    asked = {"api_name": "/steer", "neuron": number, "alpha": 9, "example": "white", "length": 1}
    moved = {where: client.predict(**asked, where=where)["moved"] for where in ("usual", "all", "middle")}
    assert moved == {"usual": moved[usual_where(atlas.atlas)], "all": 64, "middle": 36}
    assert client.predict(**asked)["moved"] == moved["usual"]


WRONG = {
    "no concept": ("/steer_concept", {"example": "white"}, text.ASK_ONE_CONCEPT),
    "two concepts": ("/steer_concept", {"word": "boat", "concept": "0" * 32, "example": "white"}, text.ASK_ONE_CONCEPT),
    "no image of the atlas": ("/steer_concept", {"concept": "0" * 32, "example": "white"}, "are not images of atlas"),
    "a path for a concept": ("/steer_concept", {"concept": "/etc/passwd", "example": "white"}, "concept cannot be used"),
    "too many images": ("/steer_concept", {"concept": ",".join(["0" * 32] * 18), "example": "white"}, "concept cannot be used"),
    "too far": ("/steer_concept", {"word": "boat", "alpha": 1e9, "example": "white"}, "alpha cannot be used"),
    "a word that is none": ("/steer_concept", {"word": "the", "example": "white"}, "no word to search for"),
    "no such region": ("/steer", {"neuron": 7, "alpha": 1, "where": "rim", "example": "white"}, "where cannot be used"),
    "no such atlas": ("/neurons", {"atlas": "nope"}, text.ASK_UNKNOWN_ATLAS),
    "a path for an atlas": ("/neuron", {"neuron": 1, "atlas": "../../etc"}, text.ASK_UNKNOWN_ATLAS),
    "beyond the last": ("/neuron", {"neuron": 10**6}, "has neurons 0 to 1,023"),
    "below the first": ("/neuron", {"neuron": -1}, "neuron cannot be used: input should be greater than or equal to 0"),
    "huge": ("/neuron", {"neuron": 10**60}, "neuron cannot be used"),
    "no such band": ("/neuron", {"neuron": 1, "band": "nope"}, "has no band of that name"),
    "a word for a number": ("/neuron", {"neuron": "seven"}, "input should be a valid integer"),
    "a truth for a number": ("/neuron", {"neuron": True}, "input should be a valid integer"),
    "a number for a word": ("/neurons", {"text": 7}, "input should be a valid string"),
    "nothing for a number": ("/neurons", {"size": None}, "input should be a valid integer"),
    "no such sort": ("/neurons", {"sort": "__class__"}, "sort cannot be used: input should be 'best', "),
    "a huge string": ("/neurons", {"text": "x" * 100_000}, "string should have at most 80 characters"),
    "too many": ("/neurons", {"size": 10**6}, "less than or equal to 200"),
    "no image": ("/read", {}, text.ASK_ONE_IMAGE),
    "no such example": ("/read", {"example": "0" * 32}, text.ASK_UNKNOWN_EXAMPLE),
    "a path for an example": ("/steer", {"neuron": 7, "alpha": 1, "example": "/etc/passwd"}, text.ASK_UNKNOWN_EXAMPLE),
    "a path for an image": ("/read", {"image": "/etc/passwd"}, text.NO_UPLOAD),
    "too much α": ("/steer", {"neuron": 7, "alpha": 1e30, "example": "white"}, "alpha is out of range: choose a number from −"),
    "an atlas that cannot steer": (
        "/steer",
        {"neuron": 7, "alpha": 1, "example": "white", "atlas": "storybook"},
        text.STEER_NOT_THIS_ATLAS,
    ),
    "too large a factor": ("/steer", {"neuron": 7, "alpha": 11, "mode": "scale", "example": "white"}, "alpha is out of range"),
    "no list of neurons": ("/steer", {"neuron": 7, "alpha": 1, "also": "8=1", "example": "white"}, "also cannot be used"),
    "one neuron twice": ("/steer", {"neuron": 7, "alpha": 1, "also": "7:1", "example": "white"}, "also is out of range"),
    "a patch that is not there": ("/steer", {"neuron": 7, "alpha": 1, "region": "64", "example": "white"}, "they are 0 to 63"),
    "no list of patches": ("/steer", {"neuron": 7, "alpha": 1, "region": "1;2", "example": "white"}, "patches are written as"),
    "nothing to compare with": ("/compare", {}, text.ASK_OTHER),
    "an atlas with itself": ("/compare", {"atlas": PATCHES, "other": PATCHES}, "compared with itself"),
    "an absent atlas to compare with": ("/compare", {"other": "nope"}, text.ASK_UNKNOWN_ATLAS),
    "no list of neurons to compare": ("/compare", {"neurons": "7,8"}, text.ASK_NEURONS),
    "an absent neuron to compare": ("/compare", {"neurons": "storybook:999999"}, "choose one of them"),
    "nothing to search by": ("/search", {}, text.ASK_ONE_SEARCH),
    "two things to search by": ("/search", {"text": "boat", "neuron": 7}, text.ASK_ONE_SEARCH),
    "no word": ("/search", {"text": "?!"}, "no word to search for"),
    "a book to search for": ("/search", {"text": "boat " * 2000}, "text cannot be used"),
    "no such picture to search by": ("/search", {"example": "0" * 32}, text.ASK_UNKNOWN_EXAMPLE),
    "no prompt": ("/steer", {"neuron": 7, "alpha": 1, "example": "white", "prompt": ""}, "at least 1 character"),
}


@pytest.mark.parametrize(("name", "arguments", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(client: Client, name: str, arguments: dict[str, Any], sentence: str) -> None:
    told = refusal(client, name, **arguments)
    assert sentence in told
    assert "\n" not in told
    assert "/etc" not in told


def test_a_picture_that_is_none_is_one_sentence(client: Client, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    assert "This picture cannot be used: not a picture" in refusal(client, "/read", image=handle_file(tmp_path / "text.png"))


def _fn(site: Served, name: str) -> int:
    return next(handler["id"] for handler in site.handlers() if handler["api_name"] == name)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_one_sentence(site: Served, value: float) -> None:
    """gradio_client refuses to send these by itself."""
    fields = QUESTIONS["steer"].model_fields
    given = {"neuron": 7, "alpha": value, "example": "white"}
    data = [given.get(name, field.default) for name, field in fields.items()] + [None]  # no image
    body = json.dumps({"fn_index": _fn(site, "steer"), "session_hash": "numbers", "data": data})
    assert site.client.post("/gradio_api/queue/join", content=body).status_code == 200
    last = [told for told in site.listen("numbers") if told["msg"] == "process_completed"][-1]
    assert last["output"]["error"] == "alpha cannot be used: input should be a finite number."


@pytest.mark.parametrize("value", [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, ["x"], {}])
@pytest.mark.parametrize("name", ["neurons", "neuron"])
def test_no_value_but_an_image_is_an_object(site: Served, name: str, value: object) -> None:
    parts = site.parts()
    inputs = next(handler["inputs"] for handler in site.handlers() if handler["api_name"] == name)
    names = list(QUESTIONS[name].model_fields)
    for place in range(len(inputs)):
        data = [parts[part]["props"].get("value") for part in inputs]
        data[place] = value
        reply = site.join(_fn(site, name), data, "objects")
        assert reply.status_code == 422
        assert reply.json()["error"] == f"{names[place]} cannot be used: a list or an object is neither text nor a number."


@pytest.mark.parametrize("value", [["sailing", "boat"], {"word": "boat"}])
def test_a_client_reads_which_value_is_no_text(client: Client, value: object) -> None:
    with pytest.raises(
        ValidationError, match=r"- text: text cannot be used: a list or an object is neither text nor a number\.$"
    ):
        client.predict(api_name="/neurons", text=value)


def test_no_image_is_opened_or_fetched_but_an_upload(site: Served, client: Client) -> None:
    """The names that a client can send by itself; tests.attacks.foreign_files sends all shapes to all handlers."""
    with web_server() as (web, fetched), hostile_names(site, web) as names:
        for name in names.values():
            for image in (name, {"path": name}, {"url": name}):
                assert refusal(client, "/read", image=image) == text.NO_UPLOAD
                assert refusal(client, "/steer", neuron=7, alpha=1, image=image) == text.NO_UPLOAD
        assert fetched == []


def test_another_client_cannot_name_an_upload_that_it_was_not_told(site: Served, client: Client) -> None:
    name = site.upload(b"x")
    assert refusal(client, "/read", image={"path": name[:-1] + ("0" if name[-1] != "0" else "1")}) == text.NO_UPLOAD


def test_the_study_is_no_part_of_it(site: Served, client: Client) -> None:
    told = site.client.get("/gradio_api/info").text + str(client.predict(api_name="/atlases"))
    assert not [word for word in ("study", "answer_left", "participant", "token of") if word in told.lower()]
    pages = [handler["api_name"] for handler in site.handlers() if handler["api_visibility"] == "private"]
    for name in pages:
        with pytest.raises(ValueError, match="Cannot find a function"):
            client.predict(api_name=f"/{name}")
    assert site.client.post("/gradio_api/call/atlases", json={"data": []}).status_code == 404
    assert site.client.post("/gradio_api/run/atlases", json={"data": []}).status_code == 404


def test_the_log_has_no_traceback(site: Served) -> None:
    assert "Traceback" not in site.log
    assert len(site.log.splitlines()) < 10


def test_a_table_of_the_report(client: Client) -> None:
    answer = client.predict(api_name="/report", table="levels", atlas=PATCHES)
    assert answer["columns"][:3] == ["atlas", "similarity", "level"]
    assert {row[0] for row in answer["rows"]} == {PATCHES}
    assert [source["atlas"] for source in answer["sources"]] == [PATCHES]
    assert "table cannot be used" in refusal(client, "/report", table="nothing")
    assert text.ASK_UNKNOWN_ATLAS in refusal(client, "/report", atlas="nobody")


def test_points_of_the_map(client: Client, atlas: OpenAtlas) -> None:
    answer = client.predict(api_name="/map_points", atlas=PATCHES)
    table = atlas.atlas.neurons
    placed = table[table["map_x"].notna()]
    assert answer["neuron"] == placed["neuron"].tolist()
    assert answer["x"] == pytest.approx(placed["map_x"].tolist())
    assert len(answer["group"]) == len(placed) > 900
    assert max(answer["group"]) == len(answer["groups"]) - 1


def test_points_of_the_map_as_bytes(site: Served, atlas: OpenAtlas) -> None:
    reply = site.client.get(f"/map-points/{PATCHES}.bin")
    placed = int(atlas.atlas.neurons["map_x"].notna().sum())
    assert int.from_bytes(reply.content[:4], "little") == placed
    assert len(reply.content) == 4 + 13 * placed
    again = site.client.get(f"/map-points/{PATCHES}.bin", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = site.client.get(f"/map-points/{PATCHES}.bin?e={atlas.atlas.similarities[1]}")
    assert other.headers["etag"] != reply.headers["etag"]
    assert site.client.get("/map-points/nobody.bin").status_code == 404


def test_a_neuron_of_the_map(site: Served) -> None:
    told = site.client.get(f"/map-neurons/{PATCHES}/7.json").json()
    assert told["id"] == "#0007"
    assert len(told["thumbs"]) == 4
    assert site.client.get(f"/{told['thumbs'][0]}").status_code == 200
    assert site.client.get(f"/map-neurons/{PATCHES}/1024.json").status_code == 404
    assert site.client.get(f"/map-neurons/{PATCHES}/-1.json").status_code == 404


def test_browse_within_an_area_of_the_map(site: Served, atlas: OpenAtlas) -> None:
    table = atlas.atlas.neurons
    inside = (table["map_x"] < 0.5) & (table["map_y"] < 0.5) & table[f"ms_{atlas.atlas.similarities[0]}"].notna()
    page = site.load("/", f"atlas={PATCHES}&area=-1,-1,0.5,-1,0.5,0.5,-1,0.5")
    assert f"<b>{inside.sum():,}</b>" in page
    assert "In an area of the map" in page
    assert "In an area" not in site.load("/", f"atlas={PATCHES}&area=1,2,nan")
