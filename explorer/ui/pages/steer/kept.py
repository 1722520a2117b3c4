"""What a visitor takes along: a link to just this question, and a JSON file with the answers and all that decides them."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from explorer import __version__
from explorer.atlas.atlas import Atlas
from explorer.operations.report.sources import atlas_hash
from explorer.operations.steer import SteeredAnswers, Steering
from explorer.operations.strip import StripAnswer
from explorer.operations.verdicts import Verdict
from explorer.ui.address import link
from explorer.ui.pages.steer.view import PATH, SteerView


class Kept(NamedTuple):
    """What is drawn below the answers."""

    link: str
    """The address of this view with every parameter in it; "" where the picture is the visitor's own, which no address holds."""
    told: dict[str, Any]
    """The question and the answers."""

    @property
    def name(self) -> str:
        """Of the file."""
        question = self.told["question"]
        return f"{self.told['atlas']['name']}-{question.get('neuron', 'concept')}-steered.json"

    @property
    def file(self) -> str:
        """The JSON file as an address of its own: nothing is kept on the server for it."""
        text = json.dumps(self.told, indent=1, ensure_ascii=False)
        return "data:application/json;base64," + b64encode(text.encode()).decode()

    def with_strip(self, strip: Iterable[StripAnswer], verdicts: Mapping[str, Verdict]) -> "Kept":
        """The same with the answers at several α.

        Args:
            verdicts: on them, by their number from "0".
        """
        judged = [(one, verdicts.get(str(at))) for at, one in enumerate(strip)]
        return self._replace(told=self.told | {"strip": [one.as_dict() | _verdict(found) for one, found in judged]})


def kept(atlas: Atlas, view: SteerView, image: str, steering: Steering, answers: SteeredAnswers) -> Kept:
    """The link and the file.

    Args:
        image: the content hash of one of the atlas's, or `white`; "" for the visitor's own.
    """
    told = {
        "monoscope": __version__,
        "atlas": {"name": atlas.name, "hash": atlas_hash(atlas)},
        "image": image or None,
        "question": _question(view, steering),
        "answers": answers.as_dict(),
    }
    return Kept(permalink(atlas, view, image) if image else "", told)


def _question(view: SteerView, steering: Steering) -> dict[str, Any]:
    """What was asked; of a concept of one's own its word, and no neuron, for none is set."""
    told = steering.as_dict()
    if view.concept:
        del told["neuron"]
        told["word"] = view.word
    return told


def _verdict(found: Verdict | None) -> dict[str, Any]:
    return {"verdict": found.as_dict()} if found else {}


def permalink(atlas: Atlas, view: SteerView, image: str) -> str:
    """The address that shows this view, whatever the page begins with by then."""
    switches = {"keep": view.keep_error, "controls": view.controls, "strip": view.strip}
    fields = {"id": view.neuron, "alpha": f"{view.alpha:.6g}", "where": view.where, "prompt": view.prompt, "example": image}
    sampling = {"length": view.length, "temperature": f"{view.temperature:g}", "seed": view.seed}
    concept = {"concept": ".".join(view.concept), "word": view.word} if view.concept else {}
    return link(PATH, atlas, **fields, **concept, **sampling, **{name: 1 for name, on in switches.items() if on})
