"""Which words a neuron steers to, by hand; and the stage on a small LLaVA with random weights, killed and gone on."""

import shutil
from dataclasses import asdict

import numpy as np
import pytest

from explorer.atlas.atlas import Atlas
from explorer.models.steerer import load_steerer
from precompute.__main__ import main
from precompute.describe import Describe
from precompute.naming.by_images import read_vocabulary
from precompute.naming.by_steering import Ask, Raised, Trial, choose_words


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
    assert found == {0: Raised("boat", pytest.approx(3 / 4 - 3 / 4 / 4), 2.0), 1: Raised("", 0.0, 0.0), **nothing}


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


def test_ties_go_to_the_first_word_and_the_weaker_strength():
    said = {(n, s): BEFORE for n in range(9) for s in (1.0, 2.0)}
    said |= {(9, s): words("zoo ape", "zoo ape", "zoo ape", "zoo ape") for s in (1.0, 2.0)}
    assert choose_words(said, BEFORE)[9] == Raised("ape", pytest.approx(1 - 1 / 10), 1.0)
    assert np.isclose(choose_words(said, BEFORE)[9].share, 0.9)


def _described(world, tmp_path, **options):
    """A copy of the atlas beside its images and its encoder, and the words of describing it."""
    home = tmp_path / "atlases"
    shutil.copytree(world.atlases, home)
    shutil.copytree(world.atlases.parent / "clip", tmp_path / "clip")
    return Describe(home / "patches", vlm=str(world.llava), pictures=2, length=6, work=tmp_path / "work", **options)


def _trial(ask):
    atlas = Atlas(ask.atlas)
    return Trial(atlas, load_steerer(atlas, ask.vlm), Ask(ask.prompt, ask.pictures, ask.length, ask.seed), ask.work)


def _command(ask):
    options = {name.replace("_", "-"): value for name, value in asdict(ask).items() if name != "atlas" and value is not None}
    return ["describe", str(ask.atlas), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]


def test_the_atlas_tells_what_raising_and_lowering_did(world, tmp_path):
    """Against asking the model again, neuron by neuron, with lists instead of counters."""
    ask = _described(world, tmp_path)
    before = Atlas(ask.atlas).neurons
    assert main(_command(ask)) == 0
    atlas = Atlas(ask.atlas)
    told = atlas.neurons
    new = ["name", "name_score", "steers", "steerability", "steer_alpha"]
    assert told.drop(columns=new).equals(before.drop(columns=new))
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
    trial = _trial(ask)
    for neuron in told.loc[told["steers"] != "", "neuron"].tolist()[:5]:
        word, alpha, strongest = (told[name].iat[neuron] for name in ("steers", "steer_alpha", "max"))
        strength = alpha / strongest
        new = [word in trial.words(image, neuron, strength) - trial.words(image) for image in trial.pictures()]
        assert sum(new) >= 1
        assert shares[neuron] <= min(1.0, trial.gone(neuron, word)) + 1e-6


def test_what_was_said_before_a_kill_is_not_asked_again(world, tmp_path):
    ask = _described(world, tmp_path)
    first = _trial(ask)
    image = first.pictures()[1]
    one, other = first.alive()[:2]
    said = first.words(image, one, 1.0)
    first.words(image, other, 1.0)
    first.file.write_bytes(first.file.read_bytes()[:-9])  # cut off in the last line
    second = _trial(ask)
    assert len(second._said) == 1
    second._answer = None  # asking would fail
    assert second.words(image, one, 1.0) == said
    assert main(_command(ask)) == 0
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vlm": "nowhere"}, "neither a directory nor a model"),
        ({"pictures": 0}, "--pictures 0"),
        ({"atlas": "classes"}, "cannot steer"),
    ],
)
def test_what_cannot_be_is_one_sentence(change, says, world, tmp_path, capsys):
    ask = asdict(_described(world, tmp_path)) | change
    if "atlas" in change:
        ask["atlas"] = tmp_path / "atlases" / change["atlas"]
    assert main(_command(Describe(**ask))) == 2
    assert says in capsys.readouterr().err
