"""Text towers against the libraries' own forward passes."""

import json
from pathlib import Path

import pytest
import torch
import transformers as tf
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.encoders.loading import load_texts
from explorer.models.taps import Tap
from tests.explorer.models.tiny import save_tiny

CLIP = Path(__file__).resolve().parents[3] / "assets" / "storybook" / "models" / "storybook-clip"
TEXTS = ["a red boat on the beach.", "two cats", "look, a small blue cup and three green rabbits in the forest at night!"]


def test_clip_s_embeddings_and_its_last_token():
    encoder, whole = load_texts(str(CLIP), "cpu"), tf.CLIPModel.from_pretrained(CLIP).eval()
    tokens = tf.AutoTokenizer.from_pretrained(CLIP)(TEXTS, padding=True, return_tensors="pt")
    inputs = encoder.prepare(TEXTS)
    with torch.no_grad():
        expected = whole.get_text_features(**tokens).pooler_output
        hidden = whole.text_model(**tokens, output_hidden_states=True).hidden_states
    assert_close(encoder.read(inputs, Tap.parse("projection"))[:, 0], expected)
    for block in range(3):
        read = encoder.read(inputs, Tap.parse(f"{block}:eos"))
        for row, text in enumerate(TEXTS):
            length = len(tokens["input_ids"][row][tokens["attention_mask"][row] == 1])
            assert_close(read[row, 0], hidden[block + 1][row, length - 1], msg=text)
    assert_close(encoder.embed_all(TEXTS, batch_size=2), expected, atol=1e-5, rtol=1e-4)  # padded otherwise


def test_texts_that_are_too_long_are_cut():
    encoder = load_texts(str(CLIP), "cpu")
    long, longer, short = encoder.embed_all(["a boat " * 200, "a boat " * 300, "a boat"])
    assert_close(long, longer)
    assert not torch.allclose(long, short)


def test_siglip_pads_to_its_full_length(tmp_path):
    text = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(0)
    config = tf.SiglipConfig(vision_config=text | {"image_size": 32, "patch_size": 8}, text_config=text | {"vocab_size": 900})
    model = tf.SiglipModel(config).eval()
    model.save_pretrained(tmp_path)
    tf.AutoTokenizer.from_pretrained(CLIP).save_pretrained(tmp_path)
    encoder = load_texts(str(tmp_path), "cpu")
    inputs = encoder.prepare(["a cup"])
    assert inputs["input_ids"].shape == (1, 64)
    assert encoder.read(inputs, Tap.parse("projection")).shape == (1, 1, 16)


def test_open_clip_by_directory(tmp_path):
    import open_clip
    from safetensors.torch import save_file

    tower = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
    words = {"context_length": 12, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 24, "vision_cfg": tower, "text_cfg": words}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{tmp_path}", load_weights=False).eval()
    save_file({name: t.contiguous() for name, t in model.state_dict().items()}, tmp_path / "open_clip_model.safetensors")
    with torch.no_grad():
        expected = model.encode_text(open_clip.get_tokenizer(f"local-dir:{tmp_path}")(TEXTS))
    encoder = load_texts(str(tmp_path), "cpu")
    assert_close(encoder.embed_all(TEXTS), expected)
    with pytest.raises(UserError, match="projection"):
        encoder.check(Tap.parse("0:eos"))


@pytest.mark.parametrize(("tap", "says"), [("3:eos", "0 to 2"), ("1:cls", "tap of pictures"), ("1:patches", "tap of pictures")])
def test_taps_it_does_not_have(tap, says):
    with pytest.raises(UserError, match=says):
        load_texts(str(CLIP), "cpu").check(Tap.parse(tap))


def test_a_model_without_texts(tmp_path):
    with pytest.raises(UserError, match="no text tower"):
        load_texts(str(save_tiny("dinov2", tmp_path / "dino")), "cpu")
    with pytest.raises(UserError, match="no config"):
        load_texts(str(tmp_path), "cpu")
