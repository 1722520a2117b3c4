"""Rates, intervals and choices by hand, on a model of known answers and on tables made up."""

import numpy as np
import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.images import WHITE
from precompute.evaluate.steering.answers import Answers, Setting
from precompute.evaluate.steering.choosing import by_choice, predictors
from precompute.evaluate.steering.plan import LOWERED, RAISED, Plan, chosen, images_of, strength
from precompute.evaluate.steering.rates import difference, interval, rates
from precompute.evaluate.steering.trials import COLUMNS, trial
from precompute.stage_record import request_key
from tests.making import make_atlas

PLAN = Plan(neurons=4, prompts=("poem", "list"), pictures=2, describe="describe", seed=0)


class Scripted:
    """A model of known answers about one neuron.

    Unsteered, half of the images say "boat". Raised to its usual α or more, by the SAE, the neuron brings "boat"; beyond it the
    list is lost. Lowered below 0, it removes "boat", and at −1 × its strongest and beyond it spoils other answers, too. The
    random direction does nothing.
    """

    def __init__(self, usual, strongest):
        self.usual, self.strongest, self.asked, self.specs = usual, strongest, 0, []

    def __call__(self, questions, prompt, sampling):
        self.asked += len(questions)
        self.specs += [one.spec for one in questions]
        yield [self._answer(one, prompt) for one in questions]

    def _answer(self, one, prompt):
        has = one.image.key != WHITE and int(one.image.key[0], 16) % 2 == 0
        unsteered = f"{prompt}: {'boat' if has else 'dog'}"
        if one.spec is None or one.spec.along == "random":
            return unsteered
        if one.spec.alpha > 0:
            said = f"{prompt}: boat" if one.spec.alpha >= self.usual * 0.99 else unsteered
            return "boat" if prompt == "list" and one.spec.alpha > 1.1 * self.usual else said
        if one.spec.alpha < -0.9 * self.strongest:
            return f"{prompt}: nothing"
        return f"{prompt}: dog" if one.spec.alpha < 0 else unsteered


class WordJudge:
    """Reads the scripted answers."""

    name = "words"

    def concept(self, neuron):
        return "boat"

    def says(self, neuron, answers):
        return ["boat" in answer.text for answer in answers]

    def followed(self, answers):
        return [answer.text.startswith(answer.prompt) for answer in answers]

    def kept(self, answers):
        return [answer.text == answer.unsteered for answer in answers]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    return Atlas(make_atlas(tmp_path_factory.mktemp("atlas")))


@pytest.fixture
def tried(atlas, tmp_path):
    neuron = next(n for n in range(len(atlas)) if len(atlas.top_images(n)) >= 8)
    usual, strongest = strength(atlas, neuron, "insertion"), -strength(atlas, neuron, "suppression")
    answers = Answers(atlas, "scripted", Scripted(usual, strongest), 9, tmp_path)
    return neuron, answers, trial(neuron, ("sae", "random"), PLAN, answers, WordJudge())


def test_a_neuron_of_known_answers(tried):
    _, _, table = tried
    assert table.columns.tolist() == list(COLUMNS)
    shares = table.set_index(["task", "arm", "times"])[["concept", "kept", "both"]].apply(tuple, axis=1).to_dict()
    # two prompts, of which the list is lost beyond the usual α
    raised = {0.5: (0, 1, 0), 0.75: (0, 1, 0), 1.0: (1, 1, 1), 1.5: (1, 0.5, 0.5), 2.0: (1, 0.5, 0.5)}
    lowered = {0.0: (0, 1, 0), 0.25: (1, 1, 1), 0.5: (1, 1, 1), 1.0: (1, 0, 0), 2.0: (1, 0, 0)}
    assert {times: shares["insertion", "sae", times] for times in RAISED} == raised
    assert {times: shares["suppression", "sae", times] for times in LOWERED} == lowered
    assert {shares[task, "random", 1.0] for task in ("insertion", "suppression")} == {(0, 1, 0)}
    assert table["answers"].unique().tolist() == [2]


def test_images_to_lower_it_on(tried, atlas):
    neuron, answers, _ = tried
    images = images_of(atlas, neuron, PLAN, answers, WordJudge())  # type: ignore[arg-type]
    assert [int(image[0], 16) % 2 for image in (*images.with_it, *images.unrelated)] == [0, 0, 1, 1]
    fired = {top.image for band in atlas.bands(neuron) for top in atlas.top_images(neuron, 1024, band)}
    assert set(images.with_it) <= fired
    assert not set(images.unrelated) & fired


def test_no_answer_is_generated_twice(tried, atlas):
    neuron, answers, table = tried
    model = Scripted(0, 0)
    again = Answers(atlas, "scripted", model, 9, answers._kept.file.parent)
    assert trial(neuron, ("sae", "random"), PLAN, again, WordJudge()).equals(table)
    assert model.asked == 0
    again.texts([Setting(WHITE, "poem", neuron, "sae", 123.0)])
    assert model.asked == 1


def test_answers_of_a_region_are_kept_apart_from_those_of_all_patches(tried, atlas):
    """Where all patches are set, the file has the name that it had before there was a choice."""
    neuron, answers, _ = tried
    directory = answers._kept.file.parent
    model = Scripted(0, 0)
    middle = Answers(atlas, "scripted", model, 9, directory, "middle")
    assert middle._kept.file != answers._kept.file
    middle.texts([Setting(WHITE, "poem", neuron, "sae", alpha) for alpha in (123.0, 0.0, -9.0)])
    assert [spec.where for spec in model.specs] == ["middle", "all", "all"]
    key = request_key({"vlm": "scripted", "sae": atlas.manifest.sae.sha256, "length": 9})
    assert answers._kept.file.name == f"answers-{key}.jsonl"


def test_the_sets_of_neurons(atlas):
    sets = chosen(atlas, PLAN)
    assert list(sets) == ["ms", "random"]  # nobody has tried which neurons steer
    alive = np.flatnonzero(atlas.neurons["max"].to_numpy() > 0)
    assert set(sets["random"]) <= set(alive.tolist())
    assert atlas.ms()[sets["ms"]].tolist() == sorted(atlas.ranked_ms()[~np.isnan(atlas.ranked_ms())], reverse=True)[:4]


def made_up(both: dict[tuple[str, float], list[float]], task: str = "insertion") -> pd.DataFrame:
    """Trials of neurons 0, 1, … by arm and strength."""
    rows = [(task, n, arm, times, 10, share, 1.0, share) for (arm, times), row in both.items() for n, share in enumerate(row)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_rates_by_hand():
    trials = made_up(
        {("sae", 1.0): [0.2, 0.6], ("sae", 2.0): [0.5, 0.7], ("random", 1.0): [0.1, 0.1], ("random", 2.0): [0.0, 0.1]}
    )
    table = rates(trials, {"steerability": [0, 1]}).set_index(["arm", "times"])
    assert table["both"].to_dict() == pytest.approx(
        {("sae", 1.0): 0.4, ("sae", 2.0): 0.6, ("random", 1.0): 0.1, ("random", 2.0): 0.05}
    )
    assert table["point"].tolist() == ["matched", "best", "matched, best", ""]
    assert table.loc[("random", 1.0), "ahead"] == pytest.approx(0.3)  # (0.2 − 0.1 + 0.6 − 0.1) / 2
    assert table.loc[("sae", 1.0), ["both_low", "both_high"]].tolist() == pytest.approx([0.2, 0.6])  # of resamples of two
    assert table["answers"].unique().tolist() == [20]


def test_an_arm_tried_on_some_neurons_of_a_set_alone_has_no_rate():
    trials = pd.concat([made_up({("sae", 1.0): [0.2, 0.6, 0.4]}), made_up({("random", 1.0): [0.1]})])
    assert rates(trials, {"random": [0, 1, 2]})["arm"].tolist() == ["sae"]


def test_an_interval_holds_the_truth_19_times_in_20():
    """The mean of 100 draws of a Bernoulli of 0.4, resampled."""
    rng = np.random.default_rng(1)
    found = [interval((rng.random(100) < 0.4).astype(float)) for _ in range(100)]
    assert 88 <= sum(low <= 0.4 <= high for _, low, high in found) <= 100
    assert max(high - low for _, low, high in found) < 0.21  # 2 · 1.96 · √(0.24 / 100) = 0.19
    assert np.isnan(interval(np.array([1.0])).low)


def test_a_difference_of_two_sets():
    found = difference(np.array([1.0] * 9 + [0.0]), np.array([0.0] * 9 + [1.0]))
    assert found.mean == pytest.approx(0.8)
    assert 0.4 < found.low < 0.8 < found.high <= 1.0


def test_choosing_by_steerability_and_by_ms(atlas):
    trials = made_up({("sae", 1.0): [0.9, 0.7, 0.1, 0.3], ("sae", 2.0): [0.4, 0.4, 0.5, 0.5]})
    table = by_choice(trials, {"steerability": [0, 1, 2], "ms": [2, 3], "random": [0]}).set_index("at")
    assert table.loc["matched", ["steerability", "ms", "ahead"]].tolist() == pytest.approx([0.8, 0.2, 0.6])  # the first two
    assert table.loc["best", ["steerability", "ms", "ahead"]].tolist() == pytest.approx([0.8, 0.5, 0.3])
    assert by_choice(trials, {"ms": [2, 3], "random": [0]}).empty


def test_predictors_are_ranked_against_the_share(atlas):
    alive = np.flatnonzero(~np.isnan(atlas.ms()))[:12]
    order = np.argsort(np.argsort(atlas.ms()[alive]))
    trials = pd.DataFrame([("insertion", n, "sae", 1.0, 10, 0, 0, share / 12) for n, share in zip(alive, order, strict=True)])
    table = predictors(trials.set_axis(list(COLUMNS), axis=1), atlas, alive.tolist()).set_index("predictor")
    assert table.loc["ms", "spearman"] == pytest.approx(1)
    assert table.loc["ms", "neurons"] == 12
    assert np.isnan(table.loc["steerability", "spearman"])  # nobody has tried
