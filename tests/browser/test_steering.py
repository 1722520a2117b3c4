"""Steering in Chromium: a real (tiny, random) LLaVA around a real atlas; what the page says is what the models say."""

import json
import re
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.models.steering.spec import OwnConcept, SteeringSpec
from explorer.models.steering.steerer import Steerer, load_steerer
from explorer.models.vlm.sampling import Sampling
from explorer.operations.first_questions import best_images
from explorer.operations.own_concept import images_found
from explorer.operations.search import search_neuron
from explorer.ui.pages.search import words as search_words
from explorer.ui.pages.steer import words as steer_words
from explorer.ui.pages.steer.view import suggested
from tests.browser.conftest import playwright
from tests.serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

expect = playwright.expect
PROMPT = "describe the image."
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture(scope="module")
def steerer(world, atlas) -> Steerer:
    return load_steerer(atlas, str(world.llava))


def steered(page: "Page") -> str:
    """The steered text, once it is whole."""
    expect(page.locator('.answers[aria-busy="false"]')).to_be_visible()
    return page.locator(".answer.steered .said").inner_text()


def says(page: "Page", steerer: Steerer, atlas: Atlas, neuron: int, prompt: str = PROMPT, length: int = 48) -> str:
    """Waits for the words of the α that the slider stands on, by the models themselves; gives them."""
    key, alpha = best_images(atlas)[0], float(slider(page).input_value())
    spec = SteeringSpec(neuron, alpha)
    pieces = steerer.steered(key, lambda: decode_picture(atlas.images.thumbnail(key) or b""), prompt, Sampling(length), spec)
    words = list(pieces)[-1]
    expect(page.locator(".answer.steered .said")).to_have_text(words)
    return words


def slider(page: "Page") -> "Locator":
    return page.get_by_role("slider", name="α")


def test_the_page_says_what_the_models_say(page: "Page", steerer, atlas):
    neuron = suggested(atlas)[0]
    page.goto("/steer?atlas=patches")
    steered(page)
    assert float(slider(page).input_value()) == pytest.approx(float(atlas.neurons["max"][neuron]), rel=0.01)
    says(page, steerer, atlas, neuron)
    expect(page.locator(".timed")).to_have_text(re.compile(r"^first token \d+ ms$"))


def test_the_slider_by_keyboard(page: "Page", steerer, atlas):
    """To the right end, to the left end, to nothing: each text is the one of that α, and its address says so."""
    neuron = suggested(atlas)[0]
    page.goto("/steer?atlas=patches")
    steered(page)
    texts, unsteered = [says(page, steerer, atlas, neuron)], page.locator(".answer .said").first.inner_text()
    slider(page).focus()
    for key, sign in (("End", 2), ("Home", -1)):
        page.keyboard.press(key)
        page.wait_for_url(re.compile(r"alpha=-" if sign < 0 else r"alpha=\d"))
        assert float(slider(page).input_value()) == pytest.approx(sign * float(atlas.neurons["max"][neuron]), rel=0.01)
        expect(page.locator(".answer-how")).to_contain_text(f"{sign:.1f} ×".replace("-", "−"))
        texts.append(says(page, steerer, atlas, neuron))
        expect(slider(page)).to_be_focused()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".alpha output")).to_have_text("off")
    expect(page.locator(".answer-how")).to_contain_text("off")
    says(page, steerer, atlas, neuron)
    assert len(set(texts)) > 1
    assert page.locator(".answer .said").first.inner_text() == unsteered


def test_what_the_answer_is_held_against(page: "Page", steerer, atlas):
    """Reconstruction alone is there unasked and goes with the SAE's error kept; the controls come when they are asked for."""
    neuron, key = suggested(atlas)[0], best_images(atlas)[0]

    def load() -> Image.Image:
        return decode_picture(atlas.images.thumbnail(key) or b"")

    page.goto("/steer?atlas=patches")
    steered(page)
    question = (key, load, PROMPT, Sampling(48))
    alone = page.get_by_role("region", name=steer_words.RECONSTRUCTED).locator(".said")
    expect(alone).to_have_text(list(steerer.reconstructed(*question))[-1])
    page.get_by_label(steer_words.CONTROLS).check()
    page.wait_for_url(re.compile("controls=1"))
    steered(page)
    alpha = float(slider(page).input_value())
    for name, along in ((steer_words.DIFF_MEAN, "diff-mean"), (steer_words.RANDOM, "random")):
        expected = list(steerer.steered(*question, SteeringSpec(neuron, alpha, along=along)))[-1]
        expect(page.get_by_role("region", name=name).locator(".said")).to_have_text(expected)
    page.get_by_label(steer_words.KEEP_ERROR).check()
    page.wait_for_url(re.compile("keep=1"))
    kept = list(steerer.steered(*question, SteeringSpec(neuron, alpha, keep_error=True)))[-1]
    expect(page.locator(".answer.steered .said")).to_have_text(kept)
    expect(page.get_by_role("region", name=steer_words.RECONSTRUCTED)).to_have_count(0)


def test_a_concept_of_ones_own_from_a_search(page: "Page", steerer, atlas):
    """Found by a neuron; steered by the images, as the link says; another neuron leaves it."""
    neuron, key = suggested(atlas)[0], best_images(atlas)[0]
    page.goto(f"/search?atlas=patches&neuron={neuron}")
    page.get_by_role("link", name=search_words.STEER).click()
    page.wait_for_url(re.compile(r"/steer\?.*concept="))
    steered(page)
    expect(page.locator(".own-concept")).to_contain_text(steer_words.CONCEPT)
    expect(page.locator(".own-concept .tile img")).to_have_count(5)
    assert float(slider(page).input_value()) == 4.0
    slider(page).focus()
    page.keyboard.press("End")
    page.wait_for_url(re.compile(r"concept=.*alpha=8|alpha=8.*concept="))
    images = images_found(atlas, search_neuron(atlas, neuron).hits)
    load = partial(decode_picture, atlas.images.thumbnail(key) or b"")
    said = list(steerer.steered(key, load, PROMPT, Sampling(48), OwnConcept(images, 8.0)))[-1]
    expect(page.locator(".answer.steered .said")).to_have_text(said)
    expect(page.locator(".answer-how")).to_contain_text(steer_words.UNNAMED)
    page.reload()
    expect(page.locator(".answer.steered .said")).to_have_text(said)
    page.locator(".menu-line .chip").first.click()
    page.wait_for_url(re.compile(r"[?&]id=\d+"))
    expect(page.locator(".own-concept")).to_have_count(0)
    assert "concept" not in page.url


def test_where_a_neuron_is_set(page: "Page", steerer, atlas):
    """The atlas was not described, so it opens on all patches; the middle is chosen, and is in the link and the file."""
    neuron, key = suggested(atlas)[0], best_images(atlas)[0]
    page.goto("/steer?atlas=patches")
    steered(page)
    where = page.get_by_role("combobox", name=steer_words.WHERE)
    expect(where).to_have_value("all")
    where.select_option("middle")
    page.wait_for_url(re.compile("where=middle"))
    spec = SteeringSpec(neuron, float(slider(page).input_value()), patches=steerer.patches("middle"))
    load = partial(decode_picture, atlas.images.thumbnail(key) or b"")
    said = list(steerer.steered(key, load, PROMPT, Sampling(48), spec))[-1]
    expect(page.locator(".answer.steered .said")).to_have_text(said)
    steered(page)
    expect(page.get_by_text(steer_words.NO_VERDICT)).to_be_visible()  # nobody described the atlas
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    told = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert (told["question"]["where"], told["image"], told["answers"]["steered"]) == ("middle", key, said)
    address = page.get_by_role("button", name=steer_words.COPY_ANSWER).get_attribute("data-copy")
    page.goto(f"/{address}")
    expect(where).to_have_value("middle")
    expect(page.locator(".answer.steered .said")).to_have_text(said)


def test_seven_values_at_once(page: "Page", steerer, atlas):
    """Each is the text of its α, and a click on one sets it."""
    neuron, key = suggested(atlas)[0], best_images(atlas)[0]
    page.goto("/steer?atlas=patches&strip=1")
    steered(page)
    rows = page.get_by_role("region", name=steer_words.STRIP).get_by_role("listitem")
    expect(rows).to_have_count(7)
    low, high = (float(slider(page).get_attribute(end) or 0) for end in ("min", "max"))
    image = decode_picture(atlas.images.thumbnail(key) or b"")
    for place in (0, 6):
        spec = SteeringSpec(neuron, (low, high)[place == 6])
        expect(rows.nth(place)).to_contain_text(list(steerer.steered(key, lambda: image, PROMPT, Sampling(48), spec))[-1])
    rows.nth(6).get_by_role("link").click()
    expect(page.locator(".answer-how")).to_contain_text("2.0 ×")
    assert float(slider(page).input_value()) == pytest.approx(high)
    expect(rows.nth(6).get_by_role("link")).to_have_attribute("aria-current", "true")


def test_a_link_shows_the_view_again(page: "Page", world, atlas):
    neuron = suggested(atlas)[1]
    alpha = -10 * float(f"{float(atlas.neurons['max'][neuron]) / 20:.3g}")
    page.goto(f"/steer?atlas=patches&id={neuron}&alpha={alpha:.6g}&prompt=write+me+a+poem.&example=white")
    first = steered(page)
    assert float(slider(page).input_value()) == pytest.approx(alpha)
    expect(page.locator("input[name=prompt]")).to_have_value("write me a poem.")
    expect(page.locator(".examples a[aria-current]")).to_have_attribute("title", steer_words.WHITE)
    page.reload()
    assert steered(page) == first
    expect(page.locator("input[name=id]")).to_have_value(str(neuron))


def test_another_neuron_by_number_and_by_suggestion(page: "Page", atlas):
    first, second = suggested(atlas)[:2]
    page.goto(f"/steer?atlas=patches&id={first}&alpha=0&prompt=a+cat.")
    steered(page)
    page.locator("input[name=id]").fill(str(second))
    page.wait_for_url(re.compile(rf"id={second}\b"))
    expect(page.locator(".answer-how")).to_contain_text(f"#{second:04d} at")
    assert "alpha" not in page.url
    assert float(slider(page).input_value()) == pytest.approx(float(atlas.neurons["max"][second]), rel=0.01)
    expect(page.locator("input[name=id]")).to_be_focused()
    page.locator(".menu-line .chip").first.click()
    expect(page.locator(".answer-how")).not_to_contain_text(f"#{second:04d} at")
    expect(page.locator("input[name=prompt]")).to_have_value("a cat.")  # what was set stays set
    page.go_back()
    expect(page.locator(".answer-how")).to_contain_text(f"#{second:04d} at")


def test_a_typed_prompt_and_words_it_does_not_know(page: "Page", steerer, atlas):
    page.goto("/steer?atlas=patches")
    steered(page)
    page.locator("input[name=prompt]").fill("describe the <b>zeppelin</b>.")
    expect(page.locator(".notice")).to_contain_text("does not know “b”, “zeppelin”")
    says(page, steerer, atlas, suggested(atlas)[0], "describe the <b>zeppelin</b>.")
    page.locator(".prompt summary").click()
    page.get_by_role("link", name=steer_words.PROMPTS[2]).click()
    expect(page.locator("input[name=prompt]")).to_have_value(steer_words.PROMPTS[2])


def test_the_visitor_s_own_picture_until_an_example_is_chosen(page: "Page", world):
    page.goto("/steer?atlas=patches")
    before = steered(page)
    picture = page.locator("#picture img").get_attribute("src")
    page.locator("#upload input[type=file]").set_input_files(world.pictures / "class2" / "07.png")
    expect(page.locator("#picture img")).not_to_have_attribute("src", picture or "")
    steered(page)
    assert "example" not in page.url
    slider(page).focus()
    page.keyboard.press("End")
    expect(page.locator(".answer-how")).to_contain_text("2.0 ×")
    steered(page)
    expect(page.locator("#said .notice")).to_have_count(0)  # one of the atlas's own pictures is not foreign to it
    assert page.locator("#picture img").get_attribute("src") != picture  # moving the slider keeps it
    page.goto("/steer?atlas=patches")
    assert steered(page) == before


@pytest.mark.parametrize("path", ["/steer", "/image"])
def test_a_picture_of_another_world_is_labelled_so(page: "Page", path, tmp_path):
    Image.new("RGB", (60, 60), "lime").save(tmp_path / "lime.png")
    page.goto(f"{path}?atlas=patches")
    page.wait_for_selector(".examples img")
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "lime.png")
    expect(page.locator(".notice", has_text="outside this model's world")).to_be_visible()


def test_what_is_no_picture_is_told_and_the_page_goes_on(page: "Page", world, tmp_path):
    (tmp_path / "no.png").write_bytes(b"no picture")
    page.goto("/steer?atlas=patches")
    steered(page)
    page.locator("#upload input[type=file]").set_input_files(tmp_path / "no.png")
    expect(page.locator("#picture .notice")).to_contain_text("This picture cannot be used")
    expect(slider(page)).to_be_visible()


def test_a_fast_hand_ends_at_the_last_value(page: "Page", steerer, atlas):
    """Forty moves in a row: what stands there in the end is the text of where the slider stands."""
    page.goto("/steer?atlas=patches&length=96")
    steered(page)
    slider(page).focus()
    page.keyboard.press("Home")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(25)
    expect(page.locator(".answer-how")).to_contain_text(page.locator(".alpha output").inner_text())
    says(page, steerer, atlas, suggested(atlas)[0], length=96)


def test_an_atlas_that_cannot_steer_names_one_that_can(page: "Page"):
    page.goto("/steer?atlas=classes")
    expect(page.locator(".empty")).to_contain_text("patch tokens")
    page.get_by_role("link", name="Steer with patches").click()
    steered(page)


def test_from_an_atlas_that_cannot_steer_the_navigation_leads_to_one_that_can(page: "Page"):
    page.goto("/?atlas=classes")
    page.get_by_role("link", name="Steer", exact=True).click()
    steered(page)
    page.goto("/steer")  # `classes` is the first atlas
    steered(page)
    expect(page.locator("#top")).to_contain_text("patches")


def test_from_the_neuron_s_page(page: "Page", site: Served, atlas):
    neuron = suggested(atlas)[2]
    page.goto(f"/neuron?atlas=patches&id={neuron}")
    page.locator(".portrait").get_by_role("link", name="Steer").click()
    expect(page.locator(".answer-how")).to_contain_text(f"#{neuron:04d} at")
    assert "Steer</a>" not in site.load("/neuron", f"atlas=classes&id={neuron}").split('class="portrait"')[1]


@pytest.mark.parametrize("query", ["id=9999", "id=abc", "example=nothing", "example=../../x"])
def test_what_an_address_gets_wrong_is_one_sentence_and_a_way_on(page: "Page", query):
    page.goto(f"/steer?atlas=patches&{query}")
    expect(page.locator(".notice")).to_have_count(1)
    page.get_by_role("link", name=steer_words.AGAIN).click()
    steered(page)


def test_without_a_model_the_page_tells_how_to_name_one(browser: "Browser", world):
    with served(world.atlases, MONOSCOPE_VLM=str(world.llava.parent / "none")) as site:
        page = browser.new_page(base_url=site.url)
        page.goto("/steer?atlas=patches")
        expect(page.locator(".notice")).to_contain_text("MONOSCOPE_VLM=")
        page.close()


def test_nothing_runs_before_it_is_asked_for(site: Served):
    """The page itself is drawn without a model: its skeleton is in the first answer."""
    assert 'class=\\"answers\\"' in httpx.get(f"{site.url}/config", params={"page": "steer"}).text


@pytest.mark.parametrize("width", [390, 820])
def test_no_sideways_scrolling(page: "Page", width: int):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/steer?atlas=patches")
    steered(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [box.bounding_box() or {} for box in page.locator(".answer").all()]
    assert (boxes[0]["y"] < boxes[1]["y"]) is (width == 390)  # one above the other on a phone
