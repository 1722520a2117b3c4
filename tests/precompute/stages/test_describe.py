"""Which words a neuron steers to: by hand, by a model of known answers, and by the stage on a small random LLaVA, also killed."""

import shutil
from dataclasses import asdict, replace
from functools import partial

import numpy as np
import pytest
import torch

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.answers import answers
from explorer.operations.first_questions import best_images
from explorer.operations.images import WHITE
from precompute.__main__ import main
from precompute.naming.answers import Setting, Trial, TrialConfig
from precompute.naming.brought_words import MOST_WORDS
from precompute.naming.by_images import read_vocabulary
from precompute.naming.by_steering import effects
from precompute.stages import describe as stage
from precompute.stages.describe import Describe
from tests.making import make_atlas

pytestmark = pytest.mark.slow


class Scripted:
    """A model of known answers.

    Raised to twice its strongest activation or more, neuron `boat` brings "boat" to all images, at four times again and again;
    `tree` brings "tree" to the white image alone. Answers about `boats` say "boat" anyway; lowering `boat` removes it from the
    first of them.
    """

    def __init__(self, atlas, boat, tree, boats):
        self.strongest = atlas.neurons["max"].to_numpy()
        self.boat, self.tree, self.boats = boat, tree, boats

    def __call__(self, questions, prompt, sampling):
        yield ["um"] * len(questions)
        yield list(map(self._answer, questions))

    def _answer(self, asked):
        unsteered = "a boat." if asked.image.key in self.boats else "a dog."
        strength = asked.spec.alpha / self.strongest[asked.spec.neuron] if asked.spec else 0
        if asked.spec and asked.spec.neuron == self.boat and strength > 3.5:
            return "a boat, a boat, a boat"
        if asked.spec and asked.spec.neuron == self.boat and strength > 1.9:
            return "a boat, um."
        if asked.spec and asked.spec.neuron == self.boat and strength < 0 and asked.image.key == self.boats[0]:
            return "a sea."
        if asked.spec and asked.spec.neuron == self.tree and strength > 1.9 and asked.image.key == WHITE:
            return "a tree."
        return unsteered


def test_effects_of_a_model_of_known_answers(tmp_path):
    atlas = Atlas(make_atlas(tmp_path / "atlases"))
    settings = TrialConfig("describe the image.", images=2, length=9, seed=0, where="all")
    boat, tree = [neuron for neuron in range(len(atlas)) if len(atlas.top_images(neuron)) >= 8][:2]
    drawn = Trial(atlas, "scripted", Scripted(atlas, boat, tree, []), settings, tmp_path / "other").images()
    boats = [top.image for top in atlas.top_images(boat) if top.image not in drawn][:3]
    trial = Trial(atlas, "scripted", Scripted(atlas, boat, tree, boats), settings, tmp_path / "work")
    steered = effects(trial)
    assert {n: word for n, word in enumerate(steered.words) if word} == {boat: "boat"}
    assert steered.shares[boat] == pytest.approx(1 / 2)  # removed from one of two; brought everywhere, less 1 / living neurons
    assert steered.alphas[boat] == pytest.approx(3 * atlas.neurons["max"].iat[boat])
    others = np.arange(len(atlas)) != boat
    assert not steered.shares[others].any()
    assert np.isnan(steered.alphas[others]).all()
    assert [said != () for said in steered.said] == (~others).tolist()
    assert dict(steered.said[boat])["boat"] == 1
    assert trial.removed(boat, "boat") == 1 / 2
    assert trial.removed(tree, "tree") == 0  # nothing to remove


def test_a_neuron_is_raised_on_the_middle_and_lowered_everywhere_on_the_page_s_images_too(tmp_path):
    atlas = Atlas(make_atlas(tmp_path / "atlases"))
    settings = TrialConfig("describe the image.", images=4, length=9, seed=0, where="middle")
    trial = Trial(atlas, "scripted", Scripted(atlas, 0, 1, []), settings, tmp_path / "work")
    white, first, second, *others = trial.images()
    assert (white, [first, second]) == (WHITE, best_images(atlas)[:2])
    assert len({first, second, *others}) == 4
    neuron = trial.alive()[0]
    raised, lowered, unsteered = (trial._question(Setting(WHITE, *how)).spec for how in ((neuron, 2.0), (neuron, -1.0), ()))
    assert (raised.where, lowered.where, unsteered) == ("middle", "all", None)


def _described(world, tmp_path, **options):
    """A copy of the atlas beside its images and its encoder, and the words of describing it."""
    home = tmp_path / "atlases"
    shutil.copytree(world.atlases, home)
    shutil.copytree(world.atlases.parent / "clip", tmp_path / "clip")
    return Describe(home / "patches", vlm=str(world.llava), images=2, length=6, work=tmp_path / "work", **options)


def _trial(config):
    atlas = Atlas(config.atlas)
    settings = TrialConfig(config.prompt, config.images, config.length, config.seed, config.where)
    ask = partial(answers, ModelPool(), atlas, config.vlm)
    return Trial(atlas, "llava", ask, settings, config.work)


def _command(config):
    options = {name.replace("_", "-"): value for name, value in asdict(config).items() if name != "atlas" and value is not None}
    options["pictures"] = options.pop("images")  # the option's name on the command line
    return ["describe", str(config.atlas), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


def test_another_precision_has_answers_of_its_own(world, tmp_path):
    config, atlas = _described(world, tmp_path, vlm_precision="bfloat16"), Atlas(world.atlases / "patches")
    saved, half = stage._trial(atlas, replace(config, vlm_precision="auto")), stage._trial(atlas, config)
    assert saved is not None
    assert half is not None
    assert [_model(trial).dtype for trial in (saved, half)] == [torch.float32, torch.bfloat16]
    assert saved.file == _trial(config).file != half.file


def _model(trial):
    pool, atlas, vlm = trial.ask.args
    return pool.steerer(atlas, vlm).vlm.model


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
    assert (steering.words, steering.where) == (MOST_WORDS, "middle")
    assert [word in said.split() for word, said in zip(told["steers"], told["says"], strict=True) if word].count(False) == 0
    assert set(told["says"][told["steers"] == ""]) <= {""}


def test_what_was_said_before_a_kill_is_not_asked_again(world, tmp_path):
    config = _described(world, tmp_path)
    first = _trial(config)
    image = first.images()[1]
    one, other = first.alive()[:2]
    said = first.texts([Setting(image, one, 1.0)])
    first.texts([Setting(image, other, 1.0)])
    first.file.write_bytes(first.file.read_bytes()[:-9])  # cut off in the last line
    second = _trial(config)
    assert second._texts.missing([Setting(image, one, 1.0), Setting(image, other, 1.0)]) == [Setting(image, other, 1.0)]
    second.ask = None  # asking would fail
    assert second.texts([Setting(image, one, 1.0)]) == said
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
