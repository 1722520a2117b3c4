"""Questions about a scene, and the answers that count as right."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from precompute.storybook.captions import bunch_words
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.meaning import canonical_things, meaning, parse_things
from precompute.storybook.scene import SETTINGS, Bunch, Scene
from precompute.storybook.words import NUMBERS, PLACES, article, join, noun, tokens

WHAT = ("what is in the picture?", "which things are there?")
WHAT_RELATED = ("what is {relation} the {kind}?",)
HOW_MANY = ("how many {name} are there?", "how many {name} do you see?")
COLOUR_OF_ONE = ("what colour is the {kind}?", "which colour does the {kind} have?")
COLOUR_OF_MANY = ("what colour are the {kind}?", "which colour do the {kind} have?")
WHERE_ONE = ("where is the {kind}?",)
WHERE_MANY = ("where are the {kind}?",)
WHERE_ALL = ("where is this?", "what place is this?")
WEATHER = ("what is the weather?", "how is the weather?")
IS_THERE = ("is there {thing} in the picture?", "do you see {thing}?")
IS_PLACE = ("is this {place}?",)
IS_WEATHER = ("is it {weather}?",)
IS_RELATED = ("is the {first} {relation} the {second}?",)
ONE_WORD = ("what is shown on the image? use exactly one word.", "name the main thing in one word.")
OPPOSITE = {"above": "below", "below": "above", "in front of": "behind", "behind": "in front of"}


class Question(NamedTuple):
    """One question about one scene."""

    form: str  # one of FORMS
    text: str
    answer: str  # the answer to teach
    accepted: frozenset[str]  # all that are right; of a list of things, any order is right besides

    def accepts(self, answer: str) -> bool:
        """Return whether an answer is right; capitals and a full stop do not matter."""
        words = tokens(answer)
        plain = join(words[:-1] if words[-1:] == ["."] else words)
        things = parse_things(self.answer) if self.form == "what" else None
        return plain in self.accepted or (things is not None and things == parse_things(plain))


def questions(scene: Scene, seed: int) -> list[Question]:
    """Return one question of each form that fits the scene; the same for the same seed."""
    rng = Random(f"questions:{seed}:{scene.seed}")
    drawn = [form(scene, rng) for form in FORMS.values()]
    return [question for question in drawn if question is not None]


def main_bunch(scene: Scene) -> Bunch | None:
    """Return the bunch that covers most of the image; None of an empty scene."""
    return max(scene.bunches, key=lambda bunch: sum(_room(thing.kind, thing.radius) for thing in bunch.things), default=None)


def _room(kind: str, radius: float) -> float:
    return KINDS[kind].wide * KINDS[kind].tall * radius**2


def _question(form: str, text: str, answer: str, *also: str) -> Question:
    return Question(form, text, answer, frozenset((answer, *also)))


def _what(scene: Scene, rng: Random) -> Question:
    if scene.relation and scene.bunches[0].kind != scene.bunches[1].kind and rng.random() < 0.5:
        text = rng.choice(WHAT_RELATED).format(relation=scene.relation, kind=scene.bunches[1].kind)
        return _question("what", text, bunch_words(scene.bunches[0]))
    return _question("what", rng.choice(WHAT), canonical_things(meaning(scene).things))


def _how_many(scene: Scene, rng: Random) -> Question:
    kind = _some_kind(scene, rng, there=0.75)
    group = KINDS[kind].group
    members = {"kind": [kind], "group": [k for k in KINDS if KINDS[k].group == group], "all": list(KINDS)}
    names = {"kind": KINDS[kind].plural, "group": GROUP_NAMES[group][1], "all": "things"}
    of = rng.choices(("kind", "group", "all"), (60, 25, 15))[0]
    count = sum(thing.kind in members[of] for thing in scene.things)
    return _question("how many", rng.choice(HOW_MANY).format(name=names[of]), NUMBERS[count])


def _what_colour(scene: Scene, rng: Random) -> Question | None:
    bunch = _lone_bunch(scene, rng)
    if bunch is None:
        return None
    ways = COLOUR_OF_ONE if bunch.count == 1 else COLOUR_OF_MANY
    return _question("what colour", rng.choice(ways).format(kind=noun(bunch.kind, bunch.count)), bunch.colour)


def _where(scene: Scene, rng: Random) -> Question:
    bunch = _lone_bunch(scene, rng)
    ways, kind = WHERE_ALL, ""
    if bunch is not None and rng.random() < 0.6:
        ways, kind = WHERE_ONE if bunch.count == 1 else WHERE_MANY, noun(bunch.kind, bunch.count)
    return _question("where", rng.choice(ways).format(kind=kind), *PLACES[scene.setting])


def _weather(scene: Scene, rng: Random) -> Question:
    return _question("weather", rng.choice(WEATHER), scene.weather)


def _yes_no(scene: Scene, rng: Random) -> Question:
    about = rng.choice((_is_kind, _is_kind, _is_coloured, _is_coloured, _is_group, _is_place, _is_weather, _is_related))
    text, true = about(scene, rng)
    return _question("yes or no", text, "yes" if true else "no")


def _is_kind(scene: Scene, rng: Random) -> tuple[str, bool]:
    kind = _some_kind(scene, rng, there=0.5)
    return rng.choice(IS_THERE).format(thing=f"{article(kind)} {kind}"), any(kind == bunch.kind for bunch in scene.bunches)


def _is_coloured(scene: Scene, rng: Random) -> tuple[str, bool]:
    """If the answer is no, the colour is that of another thing of the scene if possible, so that kind and colour both matter."""
    kind = _some_kind(scene, rng, there=0.9)
    right = {bunch.colour for bunch in scene.bunches if bunch.kind == kind}
    near = [bunch.colour for bunch in scene.bunches if bunch.colour not in right]
    colour = (
        rng.choice(sorted(right)) if right and rng.random() < 0.55 else rng.choice(near or ["red", "blue", "green", "yellow"])
    )
    return rng.choice(IS_THERE).format(thing=f"{article(colour)} {colour} {kind}"), colour in right


def _is_group(scene: Scene, rng: Random) -> tuple[str, bool]:
    group = KINDS[_some_kind(scene, rng, there=0.5)].group
    name = GROUP_NAMES[group][0]
    return rng.choice(IS_THERE).format(thing=f"{article(name)} {name}"), any(KINDS[b.kind].group == group for b in scene.bunches)


def _is_place(scene: Scene, rng: Random) -> tuple[str, bool]:
    setting = scene.setting if rng.random() < 0.5 else rng.choice(list(SETTINGS))
    return rng.choice(IS_PLACE).format(place=rng.choice(PLACES[setting])), setting == scene.setting


def _is_weather(scene: Scene, rng: Random) -> tuple[str, bool]:
    weather = scene.weather if rng.random() < 0.5 else rng.choice(SETTINGS[scene.setting])
    return rng.choice(IS_WEATHER).format(weather=weather), weather == scene.weather


def _is_related(scene: Scene, rng: Random) -> tuple[str, bool]:
    """Ask about the scene's relation, as it is or reversed; without a reversible one, about a kind."""
    if scene.relation not in OPPOSITE or scene.bunches[0].kind == scene.bunches[1].kind:
        return _is_kind(scene, rng)
    true = rng.random() < 0.5
    relation = scene.relation if true else OPPOSITE[scene.relation]
    text = rng.choice(IS_RELATED).format(first=scene.bunches[0].kind, relation=relation, second=scene.bunches[1].kind)
    return text, true


def _one_word(scene: Scene, rng: Random) -> Question:
    bunch = main_bunch(scene)
    return _question("one word", rng.choice(ONE_WORD), bunch.kind if bunch else "nothing", *(b.kind for b in scene.bunches))


def _some_kind(scene: Scene, rng: Random, there: float) -> str:
    """Draw a kind of the scene with this probability, any kind otherwise."""
    if scene.bunches and rng.random() < there:
        return rng.choice(scene.bunches).kind
    return rng.choice(list(KINDS))


def _lone_bunch(scene: Scene, rng: Random) -> Bunch | None:
    """Draw a bunch whose kind has one colour in the scene, so that "the boats" is unambiguous."""
    kinds = [bunch.kind for bunch in scene.bunches]
    lone = [bunch for bunch in scene.bunches if kinds.count(bunch.kind) == 1]
    return rng.choice(lone) if lone else None


FORMS: dict[str, Callable[[Scene, Random], Question | None]] = {
    "what": _what,
    "how many": _how_many,
    "what colour": _what_colour,
    "where": _where,
    "weather": _weather,
    "yes or no": _yes_no,
    "one word": _one_word,
}
