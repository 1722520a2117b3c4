from typing import NamedTuple

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.errors import UserError
from explorer.models.encoders.loading import load_encoder
from explorer.models.taps import Tap
from precompute.storybook.draw.render import render
from precompute.storybook.learn import contrast, exam, joint, loop
from precompute.storybook.learn.losses import pixels
from precompute.storybook.sample import sample_scene

pytestmark = pytest.mark.slow

SEEDS = range(5_000_000, 5_000_008)  # of the exam's scenes


class Loss(NamedTuple):
    distance: torch.Tensor


class Numbers(NamedTuple):
    x: torch.Tensor


class Draws(torch.utils.data.Dataset):
    def __getitem__(self, step):
        return Numbers(torch.randn(16, 6, generator=torch.Generator().manual_seed(step)))


class Toy(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(6, 6), torch.nn.Linear(6, 6)])

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))


def _toy():
    torch.manual_seed(3)
    toy = Toy()

    def losses(batch):
        return Loss((toy(batch.x).float() - batch.x.roll(1, 1)).square().mean())

    return toy, losses


def test_a_killed_run_that_goes_on_ends_with_the_same_weights(tmp_path):
    whole, losses = _toy()
    loop.train(whole, Draws(), losses, 12, tmp_path / "whole.safetensors")
    first, losses = _toy()
    run = loop.Run(first, 12)
    for step in range(5):
        run.learn(losses, Draws()[step])
    run.store(tmp_path / "part.safetensors")
    second, losses = _toy()
    loop.train(second, Draws(), losses, 12, tmp_path / "part.safetensors")
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), second.state_dict().values(), strict=True))


def test_training_goes_down(tmp_path):
    toy, losses = _toy()
    before = losses(Draws()[99]).distance.item()
    loop.train(toy, Draws(), losses, 200, tmp_path / "toy.safetensors")
    assert losses(Draws()[99]).distance.item() < before / 2


def test_the_rate_rises_stands_and_falls_to_nothing():
    assert loop.pace(0.01) == pytest.approx(0.505)
    assert loop.pace(0.3) == 1
    assert loop.pace(0.825) == pytest.approx(0.5)
    assert loop.pace(1) == 0


@pytest.mark.filterwarnings("ignore")
def test_a_few_steps_make_models_that_load_like_any_other(tmp_path, monkeypatch):
    joint.run(joint.Joint(tmp_path / "models", tmp_path / "work", steps=2, scenes=12, batch_size=4))
    encoder = load_encoder(str(tmp_path / "models" / "storybook-clip"), "cpu")
    picture = render(sample_scene(0)).image
    prepared = encoder.prepare([Image.fromarray(picture)])["pixel_values"]
    trained_on = pixels(torch.from_numpy(picture[None])).numpy()
    assert np.allclose(prepared.numpy(), trained_on, atol=1e-5)
    assert (encoder.grid, encoder.prefix, len(encoder.blocks), encoder.crop) == ((8, 8), 1, 5, 1.0)
    llava = exam.Llava(tmp_path / "models" / "storybook-llava")
    seen = llava.model.model.vision_tower(torch.from_numpy(trained_on), output_hidden_states=True).hidden_states[-2]
    read = encoder.read({"pixel_values": torch.from_numpy(trained_on)}, Tap.parse("3:patches"))
    assert torch.allclose(seen[:, 1:], read, atol=1e-5)  # what the one explains is what the other reads
    marks = exam.examine(tmp_path / "models", SEEDS)
    assert (marks.caption_exact, marks.instructed_form, marks.instructed_things) == (0, 0, 0)  # two steps teach nothing
    assert marks.qa_accuracy < 0.2
    assert marks.retrieval_r1 < 1
    monkeypatch.setattr(exam, "Llava", lambda directory: Knowing(truth([sample_scene(seed, "heldout") for seed in SEEDS])))
    assert exam.examine(tmp_path / "models", SEEDS) == exam.Marks(1, 1, marks.retrieval_r1, 1, 1)


class Knowing(exam.Llava):
    """Answers by the truth, or always the same."""

    def __init__(self, answer):
        self.answer = answer

    def answers(self, prompts):
        return iter([self.answer(prompt) for prompt in prompts])


def truth(scenes):
    """The right answer to every prompt of the exam on these scenes."""
    right = {(s, q.text): q.answer for s in scenes for q in exam.questions(s, s.seed)}
    right |= {(s, t.prompt): t.text for s in scenes for form in exam.FORMS for t in (exam.instructed(s, form, s.seed),)}
    right |= {(s, exam.CAPTION_PROMPTS[0]): exam.caption(s, 1) for s in scenes}
    return lambda prompt: right[prompt]


def test_marks_are_full_for_the_truth_and_none_for_nonsense():
    scenes = [sample_scene(seed, "heldout") for seed in range(20)]
    knows, babbles = Knowing(truth(scenes)), Knowing(lambda prompt: "the the boat")
    assert (exam._captions(knows, scenes), exam._questions(knows, scenes), exam._instructions(knows, scenes)) == (1, 1, (1, 1))
    assert (exam._captions(babbles, scenes), exam._questions(babbles, scenes), exam._instructions(babbles, scenes)[0]) == (
        0,
        0,
        0,
    )


def test_contrast_learns_from_images_alone_and_loads_like_any_other(tmp_path):
    contrast.run(contrast.Config(tmp_path / "models", tmp_path / "work", steps=2, scenes=12, batch_size=4))
    encoder = load_encoder(str(tmp_path / "models" / contrast.NAME), "cpu")
    picture = render(sample_scene(0)).image
    inputs = encoder.prepare([Image.fromarray(picture)])
    assert np.allclose(inputs["pixel_values"].numpy(), pixels(torch.from_numpy(picture[None])).numpy(), atol=1e-5)
    assert encoder.read(inputs, Tap.parse("projection")).shape == (1, 1, 128)


def test_a_crop_of_everything_is_the_picture_or_its_mirror_image():
    picture = torch.rand(16, 3, 16, 16)
    whole = contrast.cut(picture, contrast.random_crops(16, (1.0, 1.0), np.random.default_rng(0)), 16)
    mirrored = [torch.allclose(crop, kept.flip(-1), atol=1e-5) for crop, kept in zip(whole, picture, strict=True)]
    same = [torch.allclose(crop, kept, atol=1e-5) for crop, kept in zip(whole, picture, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 3 < sum(same) < 13


def test_two_views_of_the_same_things_are_to_be_alike():
    one, other = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0, 2.0], [3.0, 0.0]])
    rate = 1 / 0.15
    assert contrast.info_nce(one, one, 0.15).item() == pytest.approx(np.log(1 + np.exp(-rate)), rel=1e-4)
    assert contrast.info_nce(one, other, 0.15).item() == pytest.approx(np.log(1 + np.exp(rate)), rel=1e-4)


def test_steps_must_be_some():
    with pytest.raises(UserError, match="--steps 0"):
        joint.run(joint.Joint(steps=0))
