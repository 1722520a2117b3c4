"""The exact judge: Storybook's grammar reads an answer, its forms tell whether a prompt was followed, its scenes what is right.

A neuron's concept is the attribute that its strongest images have most in common: of a share p of them and a share b of all
images, the attribute with the largest p log(p / b), the gain of telling them by it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import log

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.models.judges.judge import Answer, Judged
from precompute.storybook.captions import CAPTION_PROMPTS
from precompute.storybook.colours import COLOURS
from precompute.storybook.evaluate.focus import CONTENT
from precompute.storybook.evaluate.kind_tree import scene_of, shows_scenes
from precompute.storybook.evaluate.scenes import family
from precompute.storybook.forms import in_form
from precompute.storybook.instructions import FORMS
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.meaning import parse
from precompute.storybook.questions import ONE_WORD
from precompute.storybook.truth import attributes
from precompute.storybook.words import PLACES, SINGULAR, WEATHER_WORDS, join, tokens

OF_PROMPT = {prompt: form for form, texts in FORMS.items() for prompt in texts.prompts}
SAMPLE = 2000  # images that tell how common an attribute is


class ExactJudge:
    """A judge by known truth.

    Args:
        atlas: of Storybook's scenes.

    Raises:
        UserError: if its images are others.
    """

    name = "exact"

    def __init__(self, atlas: Atlas) -> None:
        if not shows_scenes(atlas):
            raise UserError(
                f"--judge exact: atlas {atlas.name} does not show Storybook's scenes, the only ones whose truth is known; "
                "choose similarity, or the address of an endpoint"
            )
        self._atlas = atlas
        self._truth = lru_cache(maxsize=None)(self._attributes)
        self._common = shares(map(self._truth, sorted(atlas.images)[:SAMPLE]))

    def concept(self, neuron: int) -> str:
        """The attribute, such as `kind:boat`."""
        return commonest([self._truth(top.image) for top in self._atlas.top_images(neuron)], self._common)

    def says(self, neuron: int, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text names the attribute."""
        concept = self.concept(neuron)
        return [names(answer.text, concept) for answer in answers]

    def followed(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text has the form that its prompt asks for.

        Raises:
            UserError: if a prompt asks for none.
        """
        forms = [OF_PROMPT.get(known_prompt(answer.prompt)) for answer in answers]
        for answer, form in zip(answers, forms, strict=True):
            if form is None:
                raise UserError(
                    f"--judge exact: knows no form of the prompt “{answer.prompt}”; use one of precompute.storybook.instructions"
                )
        return [in_form(form, answer.text) for answer, form in zip(answers, forms, strict=True) if form]

    def judged(self, neuron: int, answers: Sequence[Answer]) -> list[Judged]:
        """Whether each text names the attribute, and follows its prompt where that can be told; both for certain."""
        says = self.says(neuron, answers)
        return [Judged(said, follows(answer), None) for said, answer in zip(says, answers, strict=True)]

    def kept(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text says what the unsteered one says rightly, nothing new that is wrong, and is a caption if that was."""
        return [rightly(answer.text, answer.unsteered, self._truth(answer.image)) for answer in answers]

    def _attributes(self, image: str) -> frozenset[str]:
        scene = scene_of(self._atlas.images.about(image).key)
        return frozenset() if scene is None else attributes(scene)


def exact_judge(atlas: Atlas) -> ExactJudge | None:
    """The judge of an atlas of Storybook's scenes; None for any other."""
    return ExactJudge(atlas) if shows_scenes(atlas) else None


def follows(answer: Answer) -> bool | None:
    """Whether a text has the form that its prompt asks for: one of the forms, a caption or one word.

    None where the prompt asks for none of these: an answer such as "two" may be right or wrong, its form does not tell.
    """
    prompt = known_prompt(answer.prompt)
    if prompt in OF_PROMPT:
        return in_form(OF_PROMPT[prompt], answer.text)
    if prompt in CAPTION_PROMPTS:
        return parse(answer.text) is not None
    return sum(word.isalpha() for word in tokens(answer.text)) == 1 if prompt in ONE_WORD else None


def known_prompt(prompt: str) -> str:
    """A prompt as Storybook writes it, whatever its case and spaces: its model reads the same words."""
    return join(tokens(" ".join(prompt.split())))


def shares(images: Iterable[frozenset[str]]) -> dict[str, float]:
    """The share of images that have each attribute."""
    listed = list(images)
    counts = Counter(attribute for its in listed for attribute in its)
    return {attribute: count / len(listed) for attribute, count in counts.items()}


def commonest(images: Sequence[frozenset[str]], common: Mapping[str, float]) -> str:
    """The attribute of what is shown with the largest p log(p / b); of equal ones the first by name, "" of no images.

    Args:
        common: b of each attribute; one that is not there has that of half an image.
    """
    least = 0.5 / SAMPLE
    gains = {
        attribute: share * log(share / common.get(attribute, least))
        for attribute, share in sorted(shares(images).items())
        if family(attribute) in CONTENT
    }
    return max(gains, key=gains.__getitem__, default="")


def names(text: str, attribute: str) -> bool:
    """Whether a text names an attribute, in any of Storybook's ways to say it."""
    words = tokens(text)
    line = f" {' '.join(words)} "
    kind, _, value = attribute.partition(":")
    said = {
        "setting": PLACES.get(value, ()),
        "weather": WEATHER_WORDS.get(value, ()),
        "group": (*GROUP_NAMES.get(value, ()), *_forms(name for name, its in KINDS.items() if its.group == value)),
        "kind": _forms([value]),
        "thing": [f"{value.partition(' ')[0]} {form}" for form in _forms([value.partition(" ")[2]])],
    }
    return any(f" {way} " in line for way in said.get(kind, [value]))


def _forms(kinds: Iterable[str]) -> list[str]:
    """A kind's words, one and several."""
    return [form for kind in kinds if kind in KINDS for form in (kind, KINDS[kind].plural)]


def facts(text: str) -> frozenset[str]:
    """The things with their colours and the settings that a text names, as attributes."""
    words = tokens(text)
    pairs = zip(["", *words], words, strict=False)
    things = {f"thing:{before} {SINGULAR[word]}" for before, word in pairs if word in SINGULAR and before in COLOURS}
    return frozenset(things | {f"setting:{setting}" for setting in PLACES if names(text, f"setting:{setting}")})


def rightly(text: str, unsteered: str, truth: frozenset[str]) -> bool:
    """Whether a text keeps the right facts of the unsteered one, adds no wrong one, and is a caption where that is one."""
    said, before = facts(text), facts(unsteered)
    whole = parse(text) is not None or parse(unsteered) is None
    return whole and (before & truth) <= said and (said - before) <= truth
