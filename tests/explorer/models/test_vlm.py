import shutil
from itertools import pairwise

import pytest
import torch
import transformers as tf
from PIL import Image
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.memory import storage_bytes
from explorer.models.vlm.load import load_vlm
from explorer.models.vlm.model import VisionLanguageModel
from explorer.models.vlm.sampling import Sampling
from tests.explorer.models.tiny import save_tiny
from tests.explorer.models.tiny_llava import save_tiny_llava

PROMPT = "describe the image."


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> str:
    root = tmp_path_factory.mktemp("llava")
    return str(save_tiny_llava(root / "llava", save_tiny("clip", root / "clip")))


@pytest.fixture(scope="module")
def vlm(source) -> VisionLanguageModel:
    return load_vlm(source)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return Image.effect_noise((40, 52), 90).convert("RGB")


def official(source: str, picture: Image.Image, length: int) -> list[int]:
    """The answer by transformers' own processor and `generate`, as token numbers."""
    processor, model = tf.AutoProcessor.from_pretrained(source), tf.LlavaForConditionalGeneration.from_pretrained(source)
    content = [{"type": "image", "image": picture}, {"type": "text", "text": PROMPT}]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = processor(images=picture, text=text, return_tensors="pt")
    return model.generate(**inputs, do_sample=False, max_new_tokens=length)[0, inputs["input_ids"].shape[1] :].tolist()


def test_unchanged_it_answers_as_transformers_does(vlm, source, picture):
    said = list(vlm.generate(vlm.hidden_state(picture), PROMPT, Sampling(length=20)))
    expected = [token for token in official(source, picture, 20) if token != 3]
    assert said[-1] == vlm.tokenizer.decode(expected, skip_special_tokens=True).strip()
    assert len(said) == len(expected) > 3


def test_it_sees_what_the_projector_reads(vlm, source, picture):
    """Hidden state −2 of 3 blocks is what block 1 gives; the class token is left out."""
    whole = tf.LlavaForConditionalGeneration.from_pretrained(source)
    pixels = tf.AutoProcessor.from_pretrained(source).image_processor(picture, return_tensors="pt")["pixel_values"]
    states = whole.model.vision_tower(pixels, output_hidden_states=True).hidden_states
    assert (vlm.tap.block, str(vlm.tap)) == (1, "1:patches")
    assert_close(vlm.hidden_state(picture).patches_td, states[-2][0, 1:])
    assert_close(vlm.hidden_state(picture).patches_td, states[2][0, 1:])


def test_pieces_grow_one_token_at_a_time(vlm, picture):
    said = list(vlm.generate(vlm.hidden_state(picture), PROMPT, Sampling(length=7)))
    assert 3 < len(said) <= 7
    assert all(after.startswith(before) for before, after in pairwise(said))
    assert len(said[-1].split()) > 3


def test_leaving_early_ends_the_work(vlm, picture, monkeypatch):
    calls, forward = [], vlm.model.forward
    monkeypatch.setattr(vlm.model, "forward", lambda *args, **kwargs: calls.append(1) or forward(*args, **kwargs))
    answer = vlm.generate(vlm.hidden_state(picture), PROMPT, Sampling(length=20))
    next(answer)
    next(answer)
    answer.close()
    assert len(calls) == 2


def test_other_vectors_other_words(vlm, picture):
    hidden = vlm.hidden_state(picture)
    shifted = [hidden._replace(patches_td=hidden.patches_td + shift) for shift in (0.0, 3.0, -3.0)]
    texts = {list(vlm.generate(state, PROMPT, Sampling(length=12)))[-1] for state in shifted}
    assert len(texts) == 3


def test_a_seed_is_one_text_and_seeds_differ(vlm, picture):
    def say(seed: int) -> str:
        return list(vlm.generate(vlm.hidden_state(picture), PROMPT, Sampling(length=12, temperature=1.0, seed=seed)))[-1]

    assert say(1) == say(1)
    assert len({say(seed) for seed in range(6)}) > 3


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_batch_says_what_each_alone_does(vlm, picture, temperature):
    """Answers of different lengths among them: who has ended stays as it was while the others go on."""
    torch.manual_seed(0)
    state = vlm.hidden_state(picture)
    states = [state._replace(patches_td=scale * torch.randn(16, 16)) for scale in (0.3, 1, 3, 9, 20, 40)]
    sampling = Sampling(length=24, temperature=temperature, seed=3)
    steps = list(vlm.generate_batch(states, PROMPT, sampling))
    alone = [list(vlm.generate(one, PROMPT, sampling)) for one in states]
    assert len({len(texts) for texts in alone}) > 1
    assert steps[-1] == [texts[-1] if texts else "" for texts in alone]
    for place, texts in enumerate(alone):
        assert [step[place] for step in steps][: len(texts)] == texts
        assert {step[place] for step in steps[len(texts) :]} <= set(texts[-1:] or [""])


def test_a_prompt_cannot_hold_the_models_own_marks(vlm, picture):
    """Typed, "<image>" is a word among others: no second picture is looked for, nothing ends early."""
    hidden = vlm.hidden_state(picture)
    plain = list(vlm.generate(hidden, "describe the .", Sampling(length=8)))
    assert list(vlm.generate(hidden, "describe <image> the [eos][answer].", Sampling(length=8))) == plain


def test_words_it_does_not_know_are_told(vlm):
    assert vlm.unknown_words("Describe the zeppelin, a red ZEPPELIN!") == ["zeppelin", "ZEPPELIN"]
    assert vlm.unknown_words("describe the <image>.") == []
    assert vlm.unknown_words("") == []


@pytest.mark.parametrize(("layer", "block"), [(-1, 2), (1, 0), (3, 2)])
def test_the_block_of_a_hidden_state(layer, block, tmp_path):
    assert load_vlm(str(reading(layer, tmp_path))).tap.block == block


@pytest.mark.parametrize("layer", [0, -4, 4, [1, 2]])
def test_a_hidden_state_that_is_no_blocks_output_is_refused(layer, tmp_path):
    with pytest.raises(UserError, match="hidden state"):
        load_vlm(str(reading(layer, tmp_path)))


def reading(layer, root):
    return save_tiny_llava(root / "llava", save_tiny("clip", root / "clip"), layer=layer)


def test_what_is_no_llava_is_refused(source, tmp_path):
    with pytest.raises(UserError, match=r"MONOSCOPE_VLM=.*neither a directory nor"):
        load_vlm(str(tmp_path / "nothing"))
    with pytest.raises(UserError, match="kind 'clip'"):
        load_vlm(str(save_tiny("clip", tmp_path / "clip")))
    shutil.copytree(source, tmp_path / "half")
    (tmp_path / "half" / "model.safetensors").unlink()
    with pytest.raises(UserError, match="no complete model there"):
        load_vlm(str(tmp_path / "half"))


def test_half_precision_answers_too(tmp_path, picture):
    clip = save_tiny("clip", tmp_path / "clip")
    vlm = load_vlm(str(save_tiny_llava(tmp_path / "half", clip, dtype=torch.bfloat16)))
    assert vlm.hidden_state(picture).patches_td.dtype == torch.float32
    assert vlm.model.dtype == torch.bfloat16
    patches_td, prefix_npd, *_ = vlm.hidden_state(picture)
    assert (
        storage_bytes([patches_td, prefix_npd]) == 4 * patches_td.numel() + 2 * prefix_npd.numel()
    )  # the tower's output is gone
    assert list(vlm.generate(vlm.hidden_state(picture), PROMPT, Sampling(length=4)))
