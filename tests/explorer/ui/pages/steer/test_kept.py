"""What is taken along of an answer: the link opens the same view, and the file has all that decides the answer."""

import json
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.sources import atlas_hash
from explorer.operations.steer import SteeredAnswers, Steering
from explorer.operations.strip import StripAnswer
from explorer.operations.verdicts import Verdict
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.answers import Answered, answers
from explorer.ui.pages.steer.kept import kept
from explorer.ui.pages.steer.view import read_steer
from tests.making import Making, make_atlas

SAID = SteeredAnswers(
    "a cat.", "a boat.", "a cat.", moved=3, verdicts=(Verdict("steered", "exact", "kind:boat", True, True, None),)
)


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Atlas:
    atlas = Atlas(make_atlas(tmp_path_factory.mktemp("kept"), Making(name="drawings")))
    atlas.neurons.loc[:, "max"] = 3.0
    return atlas


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"id": "7", "alpha": "-1.5", "where": "middle", "prompt": "what & why? #1", "keep": "1"},
        {"length": "96", "temperature": "0.7", "seed": "3", "controls": "1", "strip": "1", "example": "white"},
    ],
)
def test_the_link_opens_the_same_view(atlas, params):
    """Every parameter is in it, so that another default changes nothing."""
    view = read_steer(params, atlas)
    image = view.example or next(iter(sorted(atlas.images)))
    address = parse_qs(urlsplit(kept(atlas, view, image, Steering(view.neuron, view.alpha), SAID).link).query)
    again = {name: values[0] for name, values in address.items()}
    assert read_steer(again, atlas) == read_steer(params | {"example": image}, atlas)
    assert again.keys() >= {"atlas", "id", "alpha", "where", "prompt", "example", "length", "temperature", "seed"}


def test_a_concept_of_ones_own_is_taken_along(atlas):
    images = tuple(sorted(atlas.images)[:2])
    view = read_steer({"concept": ".".join(images), "word": "a red & round one", "example": "white"}, atlas)
    found = kept(atlas, view, "white", Steering(view.neuron, view.alpha, concept=images), SAID)
    again = {name: values[0] for name, values in parse_qs(urlsplit(found.link).query).items()}
    assert read_steer(again, atlas) == view
    assert found.name == "drawings-concept-steered.json"
    assert found.told["question"]["word"] == "a red & round one"
    assert "neuron" not in found.told["question"]


def test_the_file_has_the_answers_and_all_that_decides_them(atlas):
    steering = Steering(7, 1.5, "wörds?", where="middle", seed=4)
    found = kept(atlas, read_steer({}, atlas), "white", steering, SAID).with_strip(
        [StripAnswer(0.0, "a cat."), StripAnswer(1.0, "a boat.")], {"1": SAID.verdicts[0]}
    )
    head, _, data = found.file.partition(",")
    assert head == "data:application/json;base64"
    told = json.loads(b64decode(data))
    assert told["atlas"] == {"name": "drawings", "hash": atlas_hash(atlas)}
    assert told["image"] == "white"
    assert Steering(**told["question"] | {"also": (), "concept": ()}) == steering
    assert (told["answers"]["steered"], told["answers"]["moved"], told["answers"]["verdicts"][0]["says"]) == ("a boat.", 3, True)
    assert told["strip"][0] == {"alpha": 0.0, "answer": "a cat."}
    assert told["strip"][1]["verdict"] == SAID.verdicts[0].as_dict()
    assert found.name == "drawings-7-steered.json"


def test_a_visitor_s_own_picture_is_in_no_link(atlas):
    own = kept(atlas, read_steer({}, atlas), "", Steering(7, 1.5), SAID)
    assert (own.link, own.told["image"]) == ("", None)
    page = answers(Answered("#0007", "a cat.", "a boat.", kept=own, done=True))
    assert words.COPY_ANSWER not in page
    assert 'download="drawings-7-steered.json"' in page
    assert "download" not in answers(Answered("#0007", "a cat.", "a boat.", kept=own))  # not before all is done
