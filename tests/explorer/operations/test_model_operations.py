"""read and steer: against the models called by hand, and what they refuse."""

import json
import math
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.errors import UserError, VisitorError
from explorer.model_pool import ModelPool
from explorer.models.judges.judge import Judged
from explorer.models.neuron_reader import load_neuron_reader
from explorer.models.steering.spec import SteeringSpec
from explorer.models.steering.steerer import load_steerer
from explorer.models.vlm.sampling import Sampling
from explorer.operations.answers import Question, answering_model, answers
from explorer.operations.images import NamedImage, named
from explorer.operations.read import read
from explorer.operations.steer import ANSWERS, Steering, steer
from explorer.operations.strip import strip
from explorer.operations.verdicts import Verdict, verdicts
from explorer.shipped import shipped
from precompute.storybook.evaluate.exact_judge import exact_judge
from tests.making import Making, make_atlas

PROMPT = "describe the image."


@pytest.fixture(scope="module")
def atlas(world) -> Atlas:
    return Atlas(world.atlases / "patches")


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


@pytest.fixture(scope="module")
def neuron(atlas) -> int:
    return atlas.page(Query(sort="activation")).neurons[0]


def noise(seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (40, 40, 3), np.uint8))


def test_reading_is_the_reader_s(pool, atlas):
    reading = read(pool, atlas, named(noise()), limit=5)
    expected = load_neuron_reader(atlas).read(noise(), 5)
    assert [(n.neuron, n.activation) for n in reading.neurons] == [(n.neuron, n.activation) for n in expected]
    assert np.array_equal(reading.neurons[0].patches, expected[0].patches)
    assert len(json.dumps(reading.as_dict(), allow_nan=False)) > 10


@pytest.mark.parametrize("limit", [0, -1, 10**9])
def test_how_many_neurons_is_bounded(pool, atlas, limit):
    with pytest.raises(VisitorError, match="choose a number from 1"):
        read(pool, atlas, named(noise()), limit)


def test_an_atlas_without_an_encoder_reads_nothing(pool, tmp_path):
    with pytest.raises(VisitorError, match="brought activations"):
        read(pool, Atlas(make_atlas(tmp_path, Making())), named(noise()))


def test_steering_is_the_steerer_s(pool, atlas, world, neuron):
    steering = Steering(neuron, 30.0, PROMPT, length=8)
    answers = list(steer(pool, atlas, str(world.llava), NamedImage("a", noise), steering))
    by_hand = load_steerer(atlas, str(world.llava))
    question = ("a", noise, PROMPT, Sampling(8))
    assert answers[-1].done
    assert answers[-1].unsteered == list(by_hand.unsteered(*question))[-1]
    assert answers[-1].steered == list(by_hand.steered(*question, SteeringSpec(neuron, 30.0)))[-1]
    assert answers[-1].first_token_ms is not None
    assert [a.steered for a in answers[:8]] == [None] * 8  # the unsteered one comes first


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alpha", math.nan),
        ("alpha", math.inf),
        ("prompt", ""),
        ("prompt", "x" * 100_000),
        ("length", 0),
        ("length", 10**9),
        ("temperature", math.nan),
        ("temperature", -1.0),
        ("seed", -1),
        ("mode", "set"),
        ("where", "rim"),
        ("also", ((1, math.nan),)),
        ("also", ((1, 1.0), (1, 2.0))),
        ("also", tuple((number, 1.0) for number in range(1000, 1008))),
    ],
)
def test_a_field_out_of_its_range_is_refused_before_anything_loads(atlas, world, neuron, field, value):
    fields = {"neuron": neuron, "alpha": 1.0, "prompt": PROMPT} | {field: value}
    with pytest.raises(VisitorError, match=f"^{field} is out of range"):
        next(steer(ModelPool(), atlas, str(world.llava), NamedImage("a", noise), Steering(**fields)))


@pytest.mark.parametrize("number", [-1, 10**9])
def test_a_neuron_that_is_none_is_refused(pool, atlas, world, number):
    with pytest.raises(UserError, match="choose one of them"):
        list(steer(pool, atlas, str(world.llava), NamedImage("a", noise), Steering(number, 1.0, PROMPT, length=2)))


def test_a_page_and_a_program_at_once_get_what_they_get_alone(atlas, world, neuron):
    """Steerers and readers of one pool in six threads: the same answers as one after another."""
    pool = ModelPool()

    def ask(number: int) -> object:
        if number % 2:
            return [(n.neuron, n.activation) for n in read(pool, atlas, named(noise(number)), 4).neurons]
        steering = Steering(neuron, float(number), PROMPT, length=6)
        image = NamedImage(str(number), lambda: noise(number))
        return list(steer(pool, atlas, str(world.llava), image, steering))[-1].steered

    together: dict[int, object] = {}
    threads = [threading.Thread(target=lambda n=n: together.update({n: ask(n)})) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool = ModelPool()
    assert together == {number: ask(number) for number in range(6)}


def test_what_a_steered_answer_is_held_against(pool, atlas, world, neuron):
    by_hand, question = load_steerer(atlas, str(world.llava)), ("a", noise, PROMPT, Sampling(8))
    asked = Steering(neuron, 30.0, PROMPT, length=8, controls=True)
    answers = list(steer(pool, atlas, str(world.llava), NamedImage("a", noise), asked))
    whole = answers[-1]
    assert whole.reconstructed == list(by_hand.reconstructed(*question))[-1]
    for along, said in (("diff-mean", whole.diff_mean), ("random", whole.random)):
        assert said == list(by_hand.steered(*question, SteeringSpec(neuron, 30.0, along=along)))[-1]
    assert whole.moved == by_hand.moved("a", noise, SteeringSpec(neuron, 30.0))
    first = next(step for step in answers if step.steered is not None)
    assert (first.reconstructed, first.diff_mean) == (None, None)  # nobody waits for these before the steered one
    kept = replace(asked, keep_error=True, controls=False)
    *_, alone = steer(pool, atlas, str(world.llava), NamedImage("a", noise), kept)
    assert (alone.reconstructed, alone.diff_mean, alone.random) == (None, None, None)


def test_several_neurons_on_some_patches_in_another_mode(pool, atlas, world, neuron):
    other = (neuron + 1) % len(atlas) if atlas.neurons["max"][(neuron + 1) % len(atlas)] > 0 else (neuron + 2) % len(atlas)
    fields = {"mode": "add", "also": ((other, 7.0),), "patches": (0, 2)}
    *_, answers = steer(pool, atlas, str(world.llava), NamedImage("a", noise), Steering(neuron, 30.0, PROMPT, length=8, **fields))
    by_hand = load_steerer(atlas, str(world.llava)).steered("a", noise, PROMPT, Sampling(8), SteeringSpec(neuron, 30.0, **fields))
    assert answers.steered == list(by_hand)[-1]
    assert answers.moved == 2


def test_where_is_a_region_s_patches(pool, atlas, world, neuron):
    """The middle of 4 × 4 patches, for the answer, its controls and a strip; chosen patches come before a region."""
    by_hand, question = load_steerer(atlas, str(world.llava)), ("a", noise, PROMPT, Sampling(8))
    inside = SteeringSpec(neuron, 30.0, patches=(5, 6, 9, 10))
    asked = Steering(neuron, 30.0, PROMPT, length=8, controls=True, where="middle")
    *_, answers = steer(pool, atlas, str(world.llava), NamedImage("a", noise), asked)
    assert (answers.steered, answers.moved) == (list(by_hand.steered(*question, inside))[-1], 4)
    assert answers.random == list(by_hand.steered(*question, replace(inside, along="random")))[-1]
    *_, row = strip(pool, atlas, str(world.llava), NamedImage("a", noise), asked, [30.0])
    assert row[0].answer == answers.steered
    *_, one = steer(pool, atlas, str(world.llava), NamedImage("a", noise), replace(asked, patches=(0,)))
    assert one.moved == 1


class WordJudge:
    """Finds a concept where an answer has its first letter."""

    name = "letters"

    def __init__(self, concept):
        self._concept = concept

    def concept(self, neuron):
        return self._concept

    def judged(self, neuron, answers):
        return [Judged(self._concept[0] in one.text, one.text == one.unsteered, None) for one in answers]


def test_every_answer_has_a_verdict_when_all_are_done(atlas, world, neuron):
    asked, image = Steering(neuron, 30.0, PROMPT, length=8, controls=True), NamedImage("a", noise)
    *before, last = steer(ModelPool(knows=lambda _: WordJudge("e")), atlas, str(world.llava), image, asked)
    assert {step.verdicts for step in before} == {()}
    by_answer = {one.answer: one for one in last.verdicts}
    assert list(by_answer) == list(ANSWERS)
    for field, one in by_answer.items():
        text = getattr(last, field)
        assert (one.judge, one.concept, one.says, one.followed) == ("letters", "e", "e" in text, text == last.unsteered)
    assert json.loads(json.dumps(last.as_dict()))["verdicts"][0]["answer"] == "unsteered"
    alone = steer(ModelPool(knows=lambda _: WordJudge("e")), atlas, str(world.llava), image, replace(asked, keep_error=True))
    assert [one.answer for one in list(alone)[-1].verdicts] == ["unsteered", "steered", "diff_mean", "random"]
    for nobody in (lambda _: None, lambda _: WordJudge("")):
        *_, last = steer(ModelPool(knows=nobody), atlas, str(world.llava), image, replace(asked, controls=False))
        assert last.verdicts == ()


def test_the_built_in_atlas_is_judged_by_its_grammar_or_else_by_its_text_tower():
    """The tower is asked where there is no grammar, and where it is not there either nothing is said."""
    atlas, texts = Atlas(shipped("storybook/atlases/storybook-patches")), {"steered": "a red bus in the room.", "random": None}
    neuron = int(atlas.neurons.loc[atlas.neurons["name"] == "bus", "name_score"].idxmax())
    (exact,) = verdicts(ModelPool(knows=exact_judge), atlas, neuron, PROMPT, texts, "a red cat in the room.")
    assert exact == Verdict("steered", "exact", "kind:bus", True, True, None)
    (near,) = verdicts(ModelPool(), atlas, neuron, PROMPT, texts, "a red cat in the room.")
    assert (near.judge, near.says, near.followed) == ("similarity", True, None)
    assert near.nearer is not None
    assert 0.95 <= near.nearer <= 1

    asked = []

    def gone(*_):
        asked.append(1)
        raise UserError("no text tower")

    pool = ModelPool()
    pool.text_reader = gone
    for _ in range(2):
        assert verdicts(pool, atlas, neuron, PROMPT, texts, "a red cat.") == ()
    assert asked == [1]  # it is not looked for at each answer


def test_a_strip_is_the_answers_at_each_value(pool, atlas, world, neuron):
    alphas = [-30.0, 0.0, 30.0]
    asked = Steering(neuron, 1.0, PROMPT, length=8)
    steps = list(strip(pool, atlas, str(world.llava), NamedImage("s", noise), asked, alphas))
    by_hand = load_steerer(atlas, str(world.llava))
    expected = [list(by_hand.steered("s", noise, PROMPT, Sampling(8), SteeringSpec(neuron, alpha)))[-1] for alpha in alphas]
    assert [(one.alpha, one.answer) for one in steps[-1]] == list(zip(alphas, expected, strict=True))
    assert len(steps) > 1
    for wrong, message in (([], "give 1 to"), ([1.0] * 17, "give 1 to"), ([math.nan], "alpha is out of range")):
        with pytest.raises(VisitorError, match=message):
            next(strip(pool, atlas, str(world.llava), NamedImage("s", noise), asked, wrong))


def test_answers_are_the_steerer_s_one_token_a_turn(pool, atlas, world, neuron, monkeypatch):
    turns, turn = [], pool.turns.turn
    monkeypatch.setattr(pool.turns, "turn", lambda: turns.append(1) or turn())
    spec = SteeringSpec(neuron, 30.0, along="random", where="middle")
    images = [NamedImage(key, lambda number=number: noise(number)) for number, key in enumerate("xyz", start=1)]
    questions = [*map(Question, images), Question(images[0], spec), Question(images[0])]
    steps = list(answers(pool, atlas, str(world.llava), questions, PROMPT, Sampling(8)))
    by_hand = load_steerer(atlas, str(world.llava))
    plain = [["", *by_hand.unsteered(image.key, image.load, PROMPT, Sampling(8))][-1] for image in images]
    steered = ["", *by_hand.steered("x", images[0].load, PROMPT, Sampling(8), spec)][-1]
    assert steps[-1] == [*plain, steered, plain[0]]
    assert len({*plain, steered}) == 4
    assert len(turns) == len(steps) + 2  # one finds that no image of a concept is to be read, one that all is said
    assert answering_model(pool, atlas, str(world.llava)) == "llava"
    with pytest.raises(UserError, match="choose one of them"):
        list(answers(pool, atlas, str(world.llava), [Question(images[0], SteeringSpec(-1, 1.0))], PROMPT, Sampling(8)))


def test_a_concept_holds_up_others_for_one_image_at_a_time(atlas, world, monkeypatch):
    pool = ModelPool()
    steerer, passes, most, turn = pool.steerer(atlas, str(world.llava)), [], [], pool.turns.turn
    hidden_state = steerer.vlm.hidden_state
    monkeypatch.setattr(steerer.vlm, "hidden_state", lambda *given: passes.append(1) or hidden_state(*given))

    @contextmanager
    def counted():
        before = len(passes)
        with turn():
            yield
        most.append(len(passes) - before)

    monkeypatch.setattr(pool.turns, "turn", counted)
    images = tuple(atlas.images)
    asked = Steering(0, 9.0, length=2, concept=images[:3])
    *_, answers = steer(pool, atlas, str(world.llava), NamedImage("a", noise), asked)
    assert (answers.done, answers.moved, len(passes), max(most)) == (True, 16, 3 + 16 + 1, 1)
    *_, row = strip(pool, atlas, str(world.llava), NamedImage("a", noise), replace(asked, concept=images[-3:]), [9.0, 1.0])
    assert len(row) == 2
    assert (len(passes), max(most)) == (3 + 16 + 1 + 3, 1)  # the other sixteen were read before


def test_an_answer_that_takes_more_memory_than_there_is_is_a_sentence(atlas, world, neuron, monkeypatch):
    """PyTorch's own refusal of a petabyte: the steerer stays for the next try, other models go."""
    pool, vlm = ModelPool(), str(world.llava)
    pool.get(("other", 1), lambda: torch.nn.Linear(8, 8))
    model = pool.steerer(atlas, vlm).vlm.model
    asked, named_image = Steering(neuron, 9.0, length=2), NamedImage("a", noise)
    with monkeypatch.context() as broken:
        broken.setattr(model, "forward", lambda **_: torch.empty(2**50, dtype=torch.uint8))
        for answers in (
            steer(pool, atlas, vlm, named_image, asked),
            strip(pool, atlas, vlm, named_image, asked, [9.0]),
        ):
            with pytest.raises(UserError, match=r"steering a model \(steerer: .*took more memory than there is") as told:
                list(answers)
            assert "did not fit into memory" in str(told.value.public)
    pool.get(("steerer", (atlas.directory, vlm)), lambda: pytest.fail("let go"))
    assert pool.get(("other", 1), lambda: None) is None
    assert list(steer(pool, atlas, vlm, named_image, asked))[-1].done
