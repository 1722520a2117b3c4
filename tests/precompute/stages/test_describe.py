"""Which words a neuron steers to: by hand, by a model of known answers, and by the stage on a small random LLaVA, also killed."""

import shutil
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.models.steering.steerer import load_steerer
from precompute.__main__ import main
from precompute.naming.by_images import read_vocabulary
from precompute.naming.by_steering import WHITE, WORDS, Raised, Trial, TrialConfig, choose_words, effects
from precompute.stages.describe import Describe
from tests.making import make_atlas

pytestmark = pytest.mark.slow


def words(*texts):
    return [frozenset(text.split()) for text in texts]


BEFORE = words("a cat on the beach", "nothing in the snow", "a dog", "two cats")


def test_the_word_that_comes_up_everywhere_is_found_with_its_strength():
    said = {
        (0, 1.0): words("a cat on the beach", "a boat in the snow", "a dog", "two cats"),
        (0, 2.0): words("a boat on the beach", "a boat in the snow", "a boat", "two boats"),
        (1, 1.0): BEFORE,
        (1, 2.0): words("a cat on the beach", "nothing in the snow", "a dog", "two red cats"),
    }
    said |= {(n, s): BEFORE for n in (2, 3) for s in (1.0, 2.0)}
    nothing = {n: Raised("", 0.0, 0.0) for n in (2, 3)}
    found = choose_words(said, BEFORE)
    raised = Raised("boat", pytest.approx(3 / 4 - 3 / 4 / 4), 2.0, (("boat", 3 / 4),))  # "boats" comes on one picture of four
    assert found == {0: raised, 1: Raised("", 0.0, 0.0), **nothing}


def test_what_comes_up_for_every_neuron_is_no_neurons_word():
    said = {(n, 1.0): words("um a cat", "um nothing", "um a dog", "um two cats") for n in range(4)}
    said[4, 1.0] = words("um fish", "um fish", "um fish", "um fish")
    found = choose_words(said, BEFORE)
    assert {n: raised.word for n, raised in found.items()} == {0: "", 1: "", 2: "", 3: "", 4: "fish"}
    assert found[4].share == pytest.approx(1 - 1 / 5)


def test_a_word_that_was_said_anyway_on_half_of_the_pictures_cannot_be_tried():
    before = words("a cat", "a cat", "a dog", "a dog")
    said = {(n, 1.0): before for n in range(9)} | {(9, 1.0): words("a cat", "a cat", "a cat", "a cat")}
    assert choose_words(said, before)[9].word == ""


def test_ties_go_to_the_first_word_and_the_first_strength():
    said = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0)}
    said |= {(9, s): words("zoo ape", "zoo ape", "zoo ape", "zoo ape") for s in (1.0, 2.0)}
    assert choose_words(said, BEFORE)[9] == Raised("ape", pytest.approx(1 - 1 / 10), 1.0, (("ape", 1.0), ("zoo", 1.0)))
    assert np.isclose(choose_words(said, BEFORE)[9].share, 0.9)


def test_no_neuron_is_named_after_a_function_word():
    said = {(n, 1.0): BEFORE for n in range(9)} | {(9, 1.0): words("and", "and", "and", "and")}
    assert choose_words(said, BEFORE)[9].word == ""
    said[9, 1.0] = words("and boat", "and boat", "and boat", "and")
    assert choose_words(said, BEFORE)[9].word == "boat"


def test_the_words_that_come_are_kept_oftenest_first():
    before = words("", "", "", "")
    usual = words("the sky", "the sky", "", "")  # for every neuron: half of the pictures
    said = {(n, 1.0): usual for n in range(8)}
    said[8, 1.0] = words("the sky sea boat", "the sky sea boat", "sky sea boat sail", "sky sea and")
    raised = choose_words(said, before)[8]
    assert raised.word == "sea"
    assert raised.said == (("sea", 1.0), ("sky", 1.0), ("boat", 0.75))  # "sky": 1 − (8 ⁄ 2 + 1) ⁄ 9 = 4 ⁄ 9
    many = " ".join(f"zz{letter}" for letter in "abcdefghijk")
    said[8, 1.0] = words(many, many, many, many)
    assert [word for word, _ in choose_words(said, before)[8].said] == [f"zz{letter}" for letter in "abcdefgh"]


class Scripted:
    """A steerer of known answers.

    Raised to twice its strongest activation or more, neuron `boat` brings "boat" to all images, and `tree` brings "tree" to the
    white image alone. Answers about `boats` say "boat" anyway; lowering `boat` removes it from the first of them.
    """

    vlm = SimpleNamespace(name="scripted")

    def __init__(self, atlas, boat, tree, boats):
        self.strongest = atlas.neurons["max"].to_numpy()
        self.boat, self.tree, self.boats = boat, tree, boats

    def unsteered(self, key, image, prompt, sampling):
        yield "a"
        yield "a boat" if key in self.boats else "a dog"

    def steered(self, key, image, prompt, sampling, spec):
        (unsteered,) = list(self.unsteered(key, image, prompt, sampling))[1:]
        strength = spec.alpha / self.strongest[spec.neuron]
        yield "um"
        if spec.neuron == self.boat and strength >= 2:
            yield "a boat, um"
        elif spec.neuron == self.boat and strength < 0 and key == self.boats[0]:
            yield "a sea"
        elif spec.neuron == self.tree and strength >= 2 and key == WHITE:
            yield "a tree"
        else:
            yield unsteered


def test_effects_of_a_model_of_known_answers(tmp_path):
    atlas = Atlas(make_atlas(tmp_path / "atlases"))
    settings = TrialConfig("describe the image.", images=2, length=9, seed=0)
    boat, tree = [neuron for neuron in range(len(atlas)) if len(atlas.top_images(neuron)) >= 8][:2]
    drawn = Trial(atlas, Scripted(atlas, boat, tree, []), settings, tmp_path / "other").images()
    boats = [top.image for top in atlas.top_images(boat) if top.image not in drawn][:3]
    trial = Trial(atlas, Scripted(atlas, boat, tree, boats), settings, tmp_path / "work")
    steered = effects(trial)
    assert {n: word for n, word in enumerate(steered.words) if word} == {boat: "boat"}
    assert steered.shares[boat] == pytest.approx(1 / 2)  # removed from one of two; brought everywhere, less 1 / living neurons
    assert steered.alphas[boat] == pytest.approx(2 * atlas.neurons["max"].iat[boat])
    others = np.arange(len(atlas)) != boat
    assert not steered.shares[others].any()
    assert np.isnan(steered.alphas[others]).all()
    assert [said != () for said in steered.said] == (~others).tolist()
    assert dict(steered.said[boat])["boat"] == 1
    assert trial.removed(boat, "boat") == 1 / 2
    assert trial.removed(tree, "tree") == 0  # nothing to remove


def _described(world, tmp_path, **options):
    """A copy of the atlas beside its images and its encoder, and the words of describing it."""
    home = tmp_path / "atlases"
    shutil.copytree(world.atlases, home)
    shutil.copytree(world.atlases.parent / "clip", tmp_path / "clip")
    return Describe(home / "patches", vlm=str(world.llava), images=2, length=6, work=tmp_path / "work", **options)


def _trial(config):
    atlas = Atlas(config.atlas)
    settings = TrialConfig(config.prompt, config.images, config.length, config.seed)
    return Trial(atlas, load_steerer(atlas, config.vlm), settings, config.work)


def _command(config):
    options = {name.replace("_", "-"): value for name, value in asdict(config).items() if name != "atlas" and value is not None}
    options["pictures"] = options.pop("images")  # the option's name on the command line
    return ["describe", str(config.atlas), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


def test_the_atlas_tells_what_raising_and_lowering_did(world, tmp_path):
    config = _described(world, tmp_path)
    before = Atlas(config.atlas).neurons
    assert main(_command(config)) == 0
    atlas = Atlas(config.atlas)
    told = atlas.neurons
    new = ["name", "name_score", "steers", "steerability", "steer_alpha"]
    assert told.drop(columns=[*new, "says", "says_share"]).equals(before.drop(columns=new))
    names, steering = atlas.manifest.names, atlas.manifest.steering
    assert names is not None
    assert steering is not None
    assert (names.model, names.vocabulary, steering.model, steering.pictures) == ("clip", "general", "llava", 3)
    alive = told["max"].to_numpy() > 0
    assert set(told["name"].to_numpy()[alive]) <= set(read_vocabulary("general"))
    assert np.array_equal(np.isfinite(told["name_score"].to_numpy()), alive)
    shares = told["steerability"].to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    assert set(shares[~alive]) <= {0.0}
    assert np.array_equal(np.isfinite(told["steer_alpha"].to_numpy()), told["steers"].to_numpy() != "")
    assert steering.words == WORDS
    assert [word in said.split() for word, said in zip(told["steers"], told["says"], strict=True) if word].count(False) == 0
    assert not told["says"][told["steers"] == ""].any()


def test_what_was_said_before_a_kill_is_not_asked_again(world, tmp_path):
    config = _described(world, tmp_path)
    first = _trial(config)
    image = first.images()[1]
    one, other = first.alive()[:2]
    said = first.words(image, one, 1.0)
    first.words(image, other, 1.0)
    first.file.write_bytes(first.file.read_bytes()[:-9])  # cut off in the last line
    second = _trial(config)
    assert len(second._answers) == 1
    second._answer = None  # asking would fail
    assert second.words(image, one, 1.0) == said
    assert main(_command(config)) == 0
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vlm": "nowhere"}, "neither a directory nor a model"),
        ({"images": 0}, "--pictures 0"),
        ({"atlas": "classes"}, "cannot steer"),
    ],
)
def test_what_cannot_be_is_one_sentence(change, says, world, tmp_path, capsys):
    config = asdict(_described(world, tmp_path)) | change
    if "atlas" in change:
        config["atlas"] = tmp_path / "atlases" / change["atlas"]
    assert main(_command(Describe(**config))) == 2
    assert says in capsys.readouterr().err
