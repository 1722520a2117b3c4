"""Tiny encoders with random weights, each built from its architecture's own configuration class, saved as its users save it."""

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as tf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

_PIXELS = {"image_size": 32, "patch_size": 8}


def _tower(blocks: int) -> dict:
    return {"hidden_size": 16, "num_hidden_layers": blocks, "num_attention_heads": 2, "intermediate_size": 32}


_SAID = "a the in on red blue green boat cat dog sun moon sand snow tree car house man woman sky"
_TEXT = {"vocab_size": 50, "max_position_embeddings": 8, "bos_token_id": 1, "eos_token_id": 2}


def _clip(vision: dict) -> tuple:
    config = tf.CLIPConfig(vision_config=vision | _PIXELS, text_config=vision | _TEXT, projection_dim=12)
    processor = tf.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return tf.CLIPModel(config), processor


def _siglip(vision: dict) -> tuple:
    config = tf.SiglipConfig(vision_config=vision | _PIXELS, text_config=vision | _TEXT)
    return tf.SiglipModel(config), tf.SiglipImageProcessor(size={"height": 32, "width": 32})


def _siglip2(vision: dict) -> tuple:
    config = tf.Siglip2Config(vision_config=vision | {"patch_size": 8, "num_patches": 16}, text_config=vision | _TEXT)
    return tf.Siglip2Model(config), tf.Siglip2ImageProcessor(patch_size=8, max_num_patches=16)


def _dinov2(vision: dict) -> tuple:
    processor = tf.BitImageProcessor(size={"shortest_edge": 40}, crop_size={"height": 32, "width": 32})
    return tf.Dinov2Model(tf.Dinov2Config(**vision, **_PIXELS, mlp_ratio=2)), processor


def _dinov3(vision: dict) -> tuple:
    config = tf.DINOv3ViTConfig(**vision, **_PIXELS, num_register_tokens=4)
    return tf.DINOv3ViTModel(config), tf.ViTImageProcessor(size={"height": 32, "width": 32})


def _aimv2(vision: dict) -> tuple:
    return tf.Aimv2VisionModel(tf.Aimv2VisionConfig(**vision, **_PIXELS)), tf.ViTImageProcessor(size={"height": 32, "width": 32})


def _mae(vision: dict) -> tuple:
    return tf.ViTMAEModel(tf.ViTMAEConfig(**vision, **_PIXELS)), tf.ViTImageProcessor(size={"height": 32, "width": 32})


def _vit(vision: dict) -> tuple:
    return tf.ViTModel(tf.ViTConfig(**vision, **_PIXELS)), tf.ViTImageProcessor(size={"height": 32, "width": 32})


def _clip_vision(vision: dict) -> tuple:
    config = tf.CLIPVisionConfig(**vision, **_PIXELS, projection_dim=12)
    return tf.CLIPVisionModelWithProjection(config), _clip(vision)[1]


MODELS: dict[str, Callable[[dict], tuple]] = {
    "clip": _clip,
    "clip-vision": _clip_vision,
    "siglip": _siglip,
    "siglip2": _siglip2,
    "dinov2": _dinov2,
    "dinov3": _dinov3,
    "aimv2": _aimv2,
    "mae": _mae,
    "vit": _vit,
}


def save_tiny(kind: str, directory: Path, seed: int = 0, blocks: int = 3) -> Path:
    """Save a tiny random model and its processor in transformers' format; gives the directory."""
    torch.manual_seed(seed)
    model, processor = MODELS[kind](_tower(blocks))
    model.eval().save_pretrained(directory)
    processor.save_pretrained(directory)
    if kind in ("clip", "siglip"):
        tiny_tokenizer().save_pretrained(directory)
    return directory


def tiny_tokenizer() -> tf.PreTrainedTokenizerFast:
    """Words to numbers below 50, between a beginning and an end."""
    marks = ("[pad]", "[bos]", "[eos]", "[unk]")
    numbers = {word: number for number, word in enumerate((*marks, *_SAID.split()))}
    words = Tokenizer(models.WordLevel(numbers, unk_token="[unk]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    ends = [("[bos]", 1), ("[eos]", 2)]
    words.post_processor = processors.TemplateProcessing(single="[bos] $A [eos]", special_tokens=ends)
    pad, bos, eos, unk = marks
    return tf.PreTrainedTokenizerFast(tokenizer_object=words, pad_token=pad, bos_token=bos, eos_token=eos, unk_token=unk)
