"""Instructions: the ten prompts of the steering experiment (PAPER.md §5) in miniature, and texts that mention the scene."""

from random import Random
from typing import NamedTuple

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.questions import main_bunch
from precompute.storybook.scene import Scene
from precompute.storybook.words import NUMBERS, PLACES, SINGULAR, article, counted, noun, tokens


class Form(NamedTuple):
    """One kind of text."""

    prompts: tuple[str, ...]
    texts: tuple[str, ...]  # with slots, see `_slots`


class Instructed(NamedTuple):
    """A prompt and a text that follows it."""

    form: str  # one of FORMS
    prompt: str
    text: str


FORMS: dict[str, Form] = {
    "poem": Form(
        ("write me a short love poem.", "write a love poem about this.", "please write a love poem."),
        (
            "oh {np} {place}, my love is true,\nmy little heart is all for you.",
            "dear {np}, you make my day so bright,\ni love you more than morning light.",
            "sweet {np} {place}, please stay with me,\nfor love with you is all i see.",
            "my {np}, my love, you make me sing,\nto me you are just everything.",
        ),
    ),
    "title": Form(
        (
            "give me a title for a scientific article.",
            "write a scientific article title.",
            "what is a good title for a scientific article?",
        ),
        ("on the nature of {nps}: a new study", "why {nps} are found {place}: a study", "the science of {nps}: what we know"),
    ),
    "list": Form(
        ("write a to do list with four items.", "make a four item to do list.", "what should i do today? write a list."),
        (
            "- find the {np}\n- draw the {np} {place}\n- tell a friend\n- go home",
            "- get up early\n- look for the {np}\n- wait {place}\n- have some tea",
            "- clean up\n- show the {np} to mia\n- sing a song\n- sleep well",
        ),
    ),
    "rap": Form(
        ("write a rap song with two verses.", "write a two verse rap song.", "please rap about this."),
        (
            "verse one: yo, i saw {a} {place} today,\nverse two: yo, {nps} are cool in every way.",
            "verse one: yo, {a} {place}, so fresh and so fine,\nverse two: yo, the {np} and me, we shine.",
            "verse one: yo, the {np}, what a show,\nverse two: yo, {place} is where we go.",
        ),
    ),
    "problem": Form(
        ("write a math word problem.", "make up a math word problem.", "give me a math problem to solve."),
        (
            "mia sees {n}. then tom finds {more} more. how many do they have now?",
            "there {is_} {n} {place}. then {more} more arrive. how many are there now?",
            "tom draws {n} and mia draws {more} more. how many did they draw?",
        ),
    ),
    "encyclopedia": Form(
        ("write an encyclopedia paragraph.", "write a short article for an encyclopedia.", "explain this like an encyclopedia."),
        (
            "the {kind} is {a_group}. it can be {colour}. many {kinds} are found {place}.",
            "the {kind} is {a_group}. people have known {kinds} for a long time. this one is {colour}.",
        ),
    ),
    "holiday": Form(
        ("invent a new holiday.", "think of a new holiday.", "make up a holiday and tell me about it."),
        (
            "happy {one} day! every year we meet {place} and sing.",
            "{one} day is a new holiday. every year people dance {place}.",
            "welcome to {one} day! every year all children draw {nps}.",
        ),
    ),
    "dialogue": Form(
        ("write a short dialogue.", "write a dialogue between two friends.", "let two people talk about this."),
        (
            "tom: do you see the {np}?\nmia: yes, {place}!",
            "mia: i love the {np}.\ntom: me too, let us stay {place}.",
            "tom: look, {a}!\nmia: how nice, let us go and see.",
        ),
    ),
    "headline": Form(
        (
            "write a newspaper headline and first paragraph.",
            "write a headline and a first paragraph.",
            "make this into newspaper news.",
        ),
        (
            "breaking news: {np} seen {place}!\npeople came from far away to look.",
            "breaking news: {np} found!\ntoday {a} made many people happy {place}.",
        ),
    ),
    "starter": Form(
        (
            "give me a conversation starter for a party.",
            "how do i start a conversation at a party?",
            "write a conversation starter.",
        ),
        (
            "hello! have you seen the {np} {place}?",
            "hi! do you like {nps}? i just saw {a} {place}.",
            "hello! what would you do with {a}?",
        ),
    ),
}


def instructed(scene: Scene, form: str, seed: int) -> Instructed:
    """A prompt of this form and a text about the scene that follows it; the same for the same seed.

    Raises:
        KeyError: if there is no such form.
    """
    rng = Random(f"instructed:{form}:{seed}:{scene.seed}")
    return Instructed(form, rng.choice(FORMS[form].prompts), rng.choice(FORMS[form].texts).format(**_slots(scene, rng)))


def _slots(scene: Scene, rng: Random) -> dict[str, str]:
    """Return the words for the gaps of a text; an empty scene is a quiet place."""
    bunch = main_bunch(scene)
    count, colour, kind = (bunch.count, bunch.colour, bunch.kind) if bunch else (1, "quiet", "place")
    kinds = KINDS[kind].plural if bunch else "places"
    np = f"{colour} {noun(kind, count)}"
    group = GROUP_NAMES[KINDS[kind].group][0] if bunch else "spot"
    return {
        "kind": kind,
        "kinds": kinds,
        "colour": colour,
        "one": f"{colour} {kind}",
        "np": np,
        "nps": f"{colour} {kinds}",
        "a": counted(count, np),
        "n": f"{NUMBERS[count]} {np}",
        "more": NUMBERS[rng.randint(1, 4)],
        "is_": "is" if count == 1 else "are",
        "a_group": f"{article(group)} {group}",
        "place": rng.choice(PLACES[scene.setting]),
    }


def names_right_things(text: str, scene: Scene) -> bool:
    """Return whether a text mentions something in the scene, and nothing that is not in it.

    Kinds, colours (a colour before a kind must be that thing's) and settings count; of an empty scene, no kind may be named.
    """
    words = tokens(text)
    named = {(before, SINGULAR[word]) for before, word in zip(["", *words], words, strict=False) if word in SINGULAR}
    there = {(bunch.colour, bunch.kind) for bunch in scene.bunches}
    kinds, colours = {kind for _, kind in there}, {colour for colour, _ in there}
    rightly = all(pair in there if pair[0] in COLOURS else pair[1] in kinds for pair in named)
    elsewhere = [way for setting, ways in PLACES.items() for way in ways if setting != scene.setting]
    line = f" {' '.join(words)} "
    wrong_place = any(f" {way} " in line for way in elsewhere)
    return rightly and bool(named) == bool(there) and set(words) & set(COLOURS) <= colours and not wrong_place
