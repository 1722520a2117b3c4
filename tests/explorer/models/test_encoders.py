"""Each architecture, built tiny from its own configuration class: a tap equals the model's own hidden states, by value."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.loading import load_encoder
from explorer.models.taps import Tap
from tests.explorer.models.tiny import MODELS, save_tiny

import transformers as tf  # isort: skip  # after tiny, which makes torchvision importable

PREFIX = {"clip": 1, "clip-vision": 1, "siglip": 0, "siglip2": 0, "dinov2": 1, "dinov3": 5, "aimv2": 0, "mae": 1, "vit": 1}
CROP = {"clip": 1.0, "clip-vision": 1.0, "dinov2": 0.8}


@pytest.fixture(scope="module")
def directories(tmp_path_factory):
    return {kind: save_tiny(kind, tmp_path_factory.mktemp(kind)) for kind in MODELS}


@pytest.fixture(scope="module")
def pictures():
    noise = np.random.default_rng(0)
    return [Image.fromarray(noise.integers(0, 255, size, dtype=np.uint8)) for size in [(40, 60, 3), (64, 48, 3), (32, 32, 3)]]


def reference(directory, kind, inputs) -> tuple[torch.Tensor, ...]:
    """The model's own hidden states: embeddings, then the output of every block."""
    model = tf.AutoModel.from_pretrained(directory).eval()
    model = getattr(model, "vision_model", model)
    extra = {}
    if kind == "mae":
        model.config.mask_ratio = 0.0
        extra = {"noise": torch.arange(16.0).repeat(len(inputs["pixel_values"]), 1)}
    with torch.no_grad():
        return model(**inputs, **extra, output_hidden_states=True).hidden_states


@pytest.mark.parametrize("kind", MODELS)
def test_taps_equal_the_models_own_hidden_states(kind, directories, pictures):
    encoder = load_encoder(str(directories[kind]), "cpu")
    inputs = encoder.prepare(pictures)
    states = reference(directories[kind], kind, inputs)
    assert (len(encoder.blocks), encoder.prefix, encoder.grid) == (3, PREFIX[kind], (4, 4))
    for block in range(3):
        hidden = states[block + 1]
        patches = hidden[:, PREFIX[kind] :]
        assert_close(encoder.read(inputs, Tap(block, "patches")), patches)
        assert_close(encoder.read(inputs, Tap(block, "mean")), patches.mean(1, keepdim=True))
        if PREFIX[kind]:
            assert_close(encoder.read(inputs, Tap(block, "cls")), hidden[:, :1])


@pytest.mark.parametrize("kind", MODELS)
def test_projection_is_the_models_image_embedding(kind, directories, pictures):
    encoder = load_encoder(str(directories[kind]), "cpu")
    inputs = encoder.prepare(pictures)
    model = tf.AutoModel.from_pretrained(directories[kind]).eval()
    if kind == "clip-vision":
        model = tf.CLIPVisionModelWithProjection.from_pretrained(directories[kind]).eval()
    with torch.no_grad():
        if kind in ("clip", "siglip", "siglip2"):
            features = model.get_image_features(**inputs)
            expected = features if isinstance(features, torch.Tensor) else features.pooler_output
        elif kind == "clip-vision":
            expected = model(**inputs).image_embeds
        elif kind == "mae":
            expected = encoder.model(**inputs).last_hidden_state[:, 0]
        else:
            expected = model(**inputs).pooler_output
    assert_close(encoder.read(inputs, Tap.parse("projection")), expected[:, None])
    assert encoder.tokens(Tap.parse("projection")) == 1


@pytest.mark.parametrize("kind", MODELS)
def test_what_it_sees_of_a_picture(kind, directories):
    assert load_encoder(str(directories[kind]), "cpu").crop == CROP.get(kind)


def test_clips_crop_is_the_centred_square(directories):
    """A picture whose sides beyond the centred square change gives the same inputs, so heat-maps belong on that square."""
    encoder = load_encoder(str(directories["clip"]), "cpu")
    plain = Image.new("RGB", (96, 32), "white")
    edged = plain.copy()
    edged.paste("red", (0, 0, 24, 32))
    edged.paste("red", (72, 0, 96, 32))
    assert_close(encoder.prepare([edged])["pixel_values"], encoder.prepare([plain])["pixel_values"])


def test_random_tokens_belong_to_the_image_not_the_batch(directories, pictures):
    encoder = load_encoder(str(directories["clip"]), "cpu")
    tap = Tap.parse("1:random:2")
    together = encoder.read(encoder.prepare(pictures), tap, [7, 8, 9])
    alone = encoder.read(encoder.prepare(pictures[1:2]), tap, [8])
    assert_close(together[1:2], alone)
    patches = encoder.read(encoder.prepare(pictures), Tap(1, "patches"))
    for image in range(3):
        matches = (together[image][:, None] == patches[image][None]).all(-1)
        assert matches.any(1).all()  # each is one of the image's own patches
        assert matches.any(0).sum() == 2  # and they are two different ones


def test_the_hook_is_gone_afterwards(directories, pictures):
    encoder = load_encoder(str(directories["vit"]), "cpu")
    encoder.read(encoder.prepare(pictures), Tap(0, "cls"))
    assert not any(block._forward_hooks for block in encoder.blocks)


def test_weights_hash_tells_models_apart(directories, tmp_path):
    first = load_encoder(str(directories["vit"]), "cpu").weights_hash
    assert first == load_encoder(str(save_tiny("vit", tmp_path / "same")), "cpu").weights_hash
    assert first != load_encoder(str(save_tiny("vit", tmp_path / "other", seed=1)), "cpu").weights_hash


@pytest.mark.parametrize(("kind", "blocks", "grid"), [("own", 2, (4, 4)), ("timm", 6, (2, 2))])
def test_open_clip_by_directory(kind, blocks, grid, tmp_path, pictures):
    encoder = load_encoder(str(save_open_clip(kind, tmp_path)), "cpu")
    inputs = encoder.prepare(pictures)
    seen: list[torch.Tensor] = []
    handle = encoder.blocks[1].register_forward_hook(lambda _m, _a, output: seen.append(output))
    with torch.no_grad():
        expected = encoder.model(**inputs)
    handle.remove()
    assert (len(encoder.blocks), encoder.grid, encoder.prefix) == (blocks, grid, 1)
    assert_close(encoder.read(inputs, Tap(None, "projection"))[:, 0], expected)
    assert_close(encoder.read(inputs, Tap(1, "cls")), seen[0][:, :1])
    assert_close(encoder.read(inputs, Tap(1, "patches")), seen[0][:, 1:])


def save_open_clip(kind: str, directory):
    """A tiny random open_clip model in the layout of its Hub repositories."""
    import json

    import open_clip
    from safetensors.torch import save_file

    tower = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}
    if kind == "timm":
        tower = {"image_size": 32, "timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": "linear"}
    config = {
        "embed_dim": 24,
        "vision_cfg": tower,
        "text_cfg": {"context_length": 8, "vocab_size": 99, "width": 32, "heads": 2, "layers": 1},
    }
    (directory / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{directory}", load_weights=False)
    save_file({name: t.contiguous() for name, t in model.state_dict().items()}, directory / "open_clip_model.safetensors")
    return directory


@pytest.mark.parametrize(
    ("kind", "tap", "words"),
    [
        ("clip", "3:cls", "0 to 2"),
        ("clip", "-1:cls", "0 to 2"),
        ("siglip", "1:cls", "no class token"),
        ("clip", "1:random:17", "only 16 patches"),
    ],
)
def test_taps_that_are_not_there(kind, tap, words, directories):
    encoder = load_encoder(str(directories[kind]), "cpu")
    with pytest.raises(UserError, match=words):
        encoder.check(Tap.parse(tap))


def test_a_convolutional_encoder_has_only_its_projection(tmp_path, pictures):
    config = tf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], num_channels=3)
    tf.ResNetModel(config).save_pretrained(tmp_path)
    tf.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    encoder = load_encoder(str(tmp_path), "cpu")
    assert isinstance(encoder, VisionEncoder)
    assert encoder.read(encoder.prepare(pictures), Tap.parse("projection")).shape == (3, 1, 16)
    with pytest.raises(UserError, match="no blocks"):
        encoder.check(Tap.parse("0:patches"))


@pytest.mark.parametrize("text", ["22", "cls", "22:", "22:patch", "22:random:0", "22:random", "x:cls", "22:cls ", ""])
def test_misspelt_taps(text):
    with pytest.raises(UserError, match="no such tap"):
        Tap.parse(text)


@pytest.mark.parametrize("text", ["0:cls", "11:mean", "22:patches", "22:random:2", "projection"])
def test_taps_there_and_back(text):
    assert str(Tap.parse(text)) == text


def test_encoders_that_are_not_there(tmp_path):
    with pytest.raises(UserError, match=r"config\.json"):
        load_encoder(str(tmp_path), "cpu")
    with pytest.raises(UserError, match="no pretrained tag"):
        load_encoder("open_clip:ViT-B-32", "cpu")
    (tmp_path / "config.json").write_text('{"model_type": "nothing-known"}')
    with pytest.raises(UserError, match="nothing-known"):
        load_encoder(str(tmp_path), "cpu")


def test_a_text_model_is_no_vision_encoder(tmp_path):
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 40}
    tf.BertModel(tf.BertConfig(**small)).save_pretrained(tmp_path)
    with pytest.raises(UserError, match="--encoder"):
        load_encoder(str(tmp_path), "cpu")
