"""The exact judge, by answers whose verdict a reader can tell, and on the built-in atlas."""

from math import log
from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.models.judges.judge import Answer
from explorer.ui.pages.steer.words import PROMPTS
from precompute.storybook.captions import CAPTION_PROMPTS
from precompute.storybook.evaluate.exact_judge import ExactJudge, commonest, facts, follows, names, rightly, shares
from precompute.storybook.instructions import FORMS, instructed
from precompute.storybook.questions import ONE_WORD
from precompute.storybook.sample import sample_scene

ATLAS = Path(__file__).resolve().parents[4] / "assets" / "storybook" / "atlases" / "storybook-patches"


@pytest.fixture(scope="module")
def judge():
    return ExactJudge(Atlas(ATLAS))


@pytest.mark.parametrize(
    ("text", "attribute", "said"),
    [
        ("two black birds in the forest.", "kind:bird", True),
        ("two black birds in the forest.", "thing:black bird", True),
        ("two black birds and a red cat.", "thing:red bird", False),
        ("two black birds and a red cat.", "colour:red", True),
        ("a boat in the woods.", "setting:forest", True),
        ("a boat in the forests.", "setting:forest", False),
        ("the bird is an animal.", "group:animal", True),
        ("i see a sky thing.", "group:sky", True),
        ("a red cat.", "group:animal", True),
        ("a red carpet.", "kind:car", False),
        ("a cat while it snows.", "weather:snowy", True),
        ("a cat in the snow.", "weather:snowy", False),
    ],
)
def test_what_a_text_names(text, attribute, said):
    assert names(text, attribute) is said


def test_facts_of_a_caption():
    assert facts("Two small red boats and a cat on the sand.") == {"thing:red boat", "setting:beach"}


TRUTH = frozenset({"thing:red boat", "kind:boat", "thing:blue cat", "setting:beach", "colour:red"})
BEFORE = "a red boat and a green dog on the beach."  # the dog is wrong, the cat is left out


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (BEFORE, True),
        ("a red boat on the beach.", True),  # what was wrong may go
        ("there is a red boat and a blue cat on the sand.", True),  # what is right may come
        ("a green dog on the beach.", False),  # what was right is gone
        ("a red boat and a pink cake on the beach.", False),  # what is wrong has come
        ("a red boat in the forest.", False),
        ("a red boat, a boat on the beach.", False),  # no caption any more: a thing without colour
    ],
)
def test_as_rightly_as_before(text, right):
    assert rightly(text, BEFORE, TRUTH) is right


def test_the_concept_is_what_tells_the_images_best():
    common = {"kind:boat": 0.1, "group:vehicle": 0.4, "thing:red boat": 0.01, "size:big": 0.001}
    boats = [frozenset({"kind:boat", "group:vehicle", "size:big"})] * 3 + [
        frozenset({"kind:boat", "group:vehicle", "thing:red boat"})
    ]
    # p log(p / b): 1 · log 10 = 2.30, 1 · log 2.5 = 0.92, ¼ · log 25 = 0.80; size is no content
    assert commonest(boats, common) == "kind:boat"
    red = [frozenset({"kind:boat", "thing:red boat"})] * 2
    assert commonest(red, common) == "thing:red boat"  # log 100 > log 10
    assert commonest([], common) == ""
    assert shares([frozenset("ab"), frozenset("b")]) == {"a": 0.5, "b": 1.0}
    assert 0.25 * log(25) < log(2.5) < log(10)


def test_verdicts_of_a_neuron_of_the_built_in_atlas(judge):
    atlas = Atlas(ATLAS)
    neuron = int(atlas.neurons.loc[atlas.neurons["name"] == "bus", "name_score"].idxmax())
    assert judge.concept(neuron) == "kind:bus"
    poem, title = (FORMS[form].prompts[0] for form in ("poem", "title"))
    answers = [
        Answer("white", poem, "dear red bus, you make my day so bright,\ni love you more than morning light.", ""),
        Answer("white", title, "dear red bus, you make my day so bright,\ni love you more than morning light.", ""),
        Answer("white", title, "the science of quiet places: what we know", ""),
    ]
    assert judge.says(neuron, answers) == [True, True, False]
    assert judge.followed(answers) == [True, False, True]
    image = atlas.top_images(neuron)[0].image
    assert judge.kept([Answer(image, "describe the image.", "a red bus.", "a red bus.")]) == [True]


@pytest.mark.parametrize(
    ("prompt", "unsteered", "text", "follows_it"),
    [
        (FORMS["title"].prompts[0], "", "the science of quiet places: what we know", True),
        (FORMS["title"].prompts[0], "the science of cats: what we know", "a cat.", False),
        ("describe the image.", "a picture of a red cat in the room.", "a picture of two big yellow buses in the room.", True),
        ("describe the image.", "a picture of a red cat in the room.", "look, two black birds in birds in birds in", False),
        ("describe the image.", "a red red red", "a red cat in the room.", True),
        (ONE_WORD[0], "cat", "buses.", True),
        (ONE_WORD[0], "cat", "two buses", False),
        (ONE_WORD[0], "cat", "", False),
        ("how are you?", "well, and you?", "well, and you?", None),
        ("how many boats are there?", "two", "boat", None),  # one word as before, and yet no number
        ("where is the boat?", "a red boat in the room.", "a red cat in the room.", None),
    ],
)
def test_whether_a_prompt_is_followed_or_cannot_be_told(prompt, unsteered, text, follows_it):
    assert follows(Answer("white", prompt, text, unsteered)) is follows_it


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_prompt_of_the_page_is_judged(prompt):
    assert follows(Answer("white", prompt, "a red cat", "")) is False
    texts = ("a red cat in the room.", "cat", *(instructed(sample_scene(1), form, 0).text for form in FORMS))
    assert sum(bool(follows(Answer("white", prompt, text, ""))) for text in texts) == 1


@pytest.mark.parametrize("prompt", [*PROMPTS, *CAPTION_PROMPTS, *ONE_WORD])
def test_a_prompt_is_known_whatever_its_case_and_spaces(prompt, judge):
    """The model reads the same words."""
    typed = f"  {prompt.upper().replace(' ', chr(10), 1)} "
    texts = ("a red cat in the room.", "cat", *(instructed(sample_scene(1), form, 0).text for form in FORMS))
    told = [[follows(Answer("white", one, text, "")) for text in texts] for one in (prompt, typed)]
    assert told[0] == told[1] != [None] * len(texts)
    for form in FORMS:
        first, *_ = FORMS[form].prompts
        answers = [Answer("white", one, text, "") for one in (first, first.capitalize()) for text in texts]
        followed = judge.followed(answers)
        assert followed[: len(texts)] == followed[len(texts) :]


def test_a_verdict_on_each_answer(judge):
    atlas = Atlas(ATLAS)
    neuron = int(atlas.neurons.loc[atlas.neurons["name"] == "bus", "name_score"].idxmax())
    texts = ("a red bus in the room.", "a red cat in the room.", "bus bus bus")
    answers = [Answer("", "describe the image.", text, "a white cat in the room.") for text in texts]
    assert judge.judged(neuron, answers) == [(True, True, None), (False, True, None), (True, False, None)]


def test_what_it_cannot_judge_is_one_sentence(judge, atlas):
    with pytest.raises(UserError, match=r"knows no form of the prompt “sing\.”"):
        judge.followed([Answer("white", "sing.", "la", "la")])
    with pytest.raises(UserError, match="does not show Storybook's scenes"):
        ExactJudge(atlas)
