"""What is said of scenes, against the scenes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.storybook.captions import CAPTION_PROMPTS, PHRASINGS, caption, phrased
from precompute.storybook.colours import COLOURS
from precompute.storybook.forms import in_form
from precompute.storybook.instructions import FORMS, instructed, names_right_things
from precompute.storybook.kinds import KINDS
from precompute.storybook.meaning import Meaning, canonical, meaning, parse, parse_setting, parse_things
from precompute.storybook.questions import FORMS as QUESTION_FORMS
from precompute.storybook.questions import questions
from precompute.storybook.sample import empty_scene, sample_scene
from precompute.storybook.vocabulary import vocabulary
from precompute.storybook.words import NUMBERS, PLACES, join, tokens

SCENES = st.builds(sample_scene, st.integers(0, 2**31), st.sampled_from(["train", "heldout", "photo", "again"]))
SEEDS = st.integers(0, 10**6)


def truly(scene):
    """The meaning, counted from the drawn things alone."""
    counts = {}
    for thing in scene.things:
        counts[thing.colour, thing.kind] = counts.get((thing.colour, thing.kind), 0) + 1
    return {(count, *pair) for pair, count in counts.items()}, scene.setting


@given(SCENES)
def test_every_phrasing_means_the_scene(scene):
    things, setting = truly(scene)
    for way in PHRASINGS:
        text = phrased(scene, way)
        said = parse(text)
        assert said is not None, text
        assert (set(said.things), said.setting) == (things, setting), text
    assert len({phrased(scene, way) for way in PHRASINGS}) >= len(PHRASINGS) // 4


@given(SCENES)
def test_the_canonical_form_is_one_for_one_meaning(scene):
    assert parse(canonical(meaning(scene))) == meaning(scene)
    assert {canonical(parse(phrased(scene, way))) for way in PHRASINGS[::7]} == {canonical(meaning(scene))}


def test_meanings_by_hand():
    boats = Meaning(((1, "blue", "boat"), (2, "red", "star")), "beach")
    assert parse("Two small red stars and a blue boat on the sand.") == boats
    assert parse("at night , there is a blue boat beside one red star and a red star on the beach .") == boats
    assert parse("nothing in the fog in the forest.") == Meaning((), "forest")
    assert parse_things("an orange cat in a red cup") == ((1, "orange", "cat"), (1, "red", "cup"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "a red boat.", "a boat on the beach.", "red boats on the beach.", "two red boat on the beach."),
        *("a red boats on the beach.", "a red boat on the beach in the city.", "nothing and a red boat on the beach."),
        *("on the beach.", "a purple on the beach."),
    ],
)
def test_what_is_no_full_caption_has_no_meaning(text):
    assert parse(text) is None


def test_settings_are_told_apart():
    for setting, ways in PLACES.items():
        assert all(parse_setting(f"a red boat {way}.") == setting for way in ways)


@given(SCENES, SEEDS)
def test_answers_are_true(scene, seed):
    things, setting = truly(scene)
    for question in questions(scene, seed):
        assert question.accepts(question.answer)
        assert question.accepts(question.answer.upper() + ".")
        assert not question.accepts("dinosaur")
        if question.form == "how many":
            name = re.match(r"how many (.+) (are|do)", question.text)[1].removesuffix(" things").removesuffix("s")
            groups = [scene_thing for scene_thing in scene.things if KINDS[scene_thing.kind].group == name]
            kinds = [t for t in scene.things if name in (t.kind, KINDS[t.kind].plural.removesuffix("s"))]
            counted = len(scene.things) if name == "thing" else len(groups) or len(kinds)
            assert question.answer == NUMBERS[counted], question
        if question.form == "what colour":
            words = set(tokens(question.text))
            named = {colour for _, colour, kind in things if {kind, KINDS[kind].plural} & words}
            assert named == {question.answer}
        if question.form == "where":
            assert parse_setting(question.answer) == setting
        if question.form == "weather":
            assert question.answer == scene.weather
        if question.form == "one word":
            assert question.answer in {kind for _, _, kind in things} or (not things and question.answer == "nothing")


@given(SCENES, SEEDS)
def test_yes_is_yes_and_no_is_no(scene, seed):
    things, setting = truly(scene)
    for question in questions(scene, seed):
        if question.form != "yes or no":
            continue
        said = re.search(r"(?:there|see) an? (.+?)( in the picture)?\?", question.text)
        if said and " thing" not in said[1]:
            words = said[1].split()
            colour, name = (words[0], words[1]) if words[0] in COLOURS else (None, words[0])
            true = any(name in (kind, KINDS[kind].group) and colour in (None, c) for _, c, kind in things)
        elif question.text.startswith("is this"):
            true = parse_setting(question.text) == setting
        elif question.text.startswith("is it"):
            true = scene.weather in question.text
        elif scene.relation and f" {scene.relation} " in question.text:
            true = question.text == f"is the {scene.bunches[0].kind} {scene.relation} the {scene.bunches[1].kind}?"
        else:
            true = " thing" in question.text and any(f" {KINDS[kind].group} thing" in question.text for _, _, kind in things)
        assert question.answer == ("yes" if true else "no"), question


def test_questions_are_of_all_forms_and_balanced():
    asked = [question for seed in range(600) for question in questions(sample_scene(seed), seed)]
    assert {question.form for question in asked} == set(QUESTION_FORMS)
    answers = [question.answer for question in asked if question.form == "yes or no"]
    assert 0.4 < answers.count("yes") / len(answers) < 0.6


@given(SCENES, SEEDS, st.sampled_from(list(FORMS)))
def test_instructed_texts_pass_their_own_checks(scene, seed, form):
    text = instructed(scene, form, seed).text
    assert in_form(form, text), text
    assert names_right_things(text, scene), text
    assert len(text.split()) <= 40
    wrong = [other for other in FORMS if other != form and in_form(other, text)]
    assert not wrong, (text, wrong)


@given(SEEDS, st.sampled_from(list(FORMS)))
def test_wrong_things_are_noticed(seed, form):
    scene = sample_scene(seed % 1000 + 1)
    kinds = {bunch.kind for bunch in scene.bunches}
    other = next(
        s for s in (sample_scene(i) for i in range(seed, seed + 400)) if s.bunches and not kinds & {b.kind for b in s.bunches}
    )
    assert not names_right_things(instructed(other, form, seed).text, scene)


def test_names_by_hand():
    scene = next(
        s for s in map(sample_scene, range(9999)) if len(s.bunches) == 1 and s.bunches[0].count == 1 and s.setting == "beach"
    )
    colour, kind = scene.bunches[0].colour, scene.bunches[0].kind
    other = next(name for name in COLOURS if name != colour)
    assert names_right_things(f"oh {colour} {kind} on the beach", scene)
    assert names_right_things(f"the {kind} is {colour}", scene)
    for wrong in (
        f"oh {other} {kind}",
        f"the {kind} is {other}",
        f"{colour} {kind} in space",
        "such a nice day",
        f"a dinosaur and {other}",
    ):
        assert not names_right_things(wrong, scene), wrong
    assert names_right_things("such a quiet place", empty_scene(1, "beach"))
    assert not names_right_things(f"a {kind}", empty_scene(1, "beach"))


@pytest.mark.parametrize("form", list(FORMS))
def test_captions_and_scraps_are_no_instructed_text(form):
    assert not any(
        in_form(form, text) for text in ("", "boat", "a red boat on the beach.", "- a\n- b", "yes", "verse one: yo, hello.")
    )


@given(SCENES, SEEDS)
def test_the_vocabulary_is_closed(scene, seed):
    known = set(vocabulary())
    texts = [*CAPTION_PROMPTS, caption(scene, seed), canonical(meaning(scene)), *(phrased(scene, way) for way in PHRASINGS[::5])]
    for question in questions(scene, seed):
        texts += [question.text, question.answer, *question.accepted]
    for form in FORMS:
        made = instructed(scene, form, seed)
        texts += [made.prompt, made.text]
    for text in texts:
        assert set(tokens(text)) <= known, text
        assert join(tokens(text)) == text


def test_the_vocabulary_is_small_and_plain():
    words = vocabulary()
    assert len(words) < 500
    assert all(re.fullmatch(r"[a-z]+|\n|[.,!?:-]", word) for word in words)
