"""Tiny models with random weights of LLaVA's other families, each of its own classes, saved with its own processor."""

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as tf

from tests.explorer.models.tiny import save_tiny
from tests.explorer.models.tiny_llava import MARKS, TEMPLATE, WORDS, tiny_llava_tokenizer

SQUARE = {"height": 32, "width": 32}
PINPOINTS = [[32, 64], [64, 32], [64, 64], [96, 32], [32, 96]]  # of tiles of 32 × 32 px, as LLaVA-NeXT's of 336 × 336


def _text() -> tf.LlamaConfig:
    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 3, "vocab_size": len(MARKS) + len(WORDS)}
    return tf.LlamaConfig(**size, **special, max_position_embeddings=512, initializer_range=0.6, tie_word_embeddings=False)


def _next(common: dict, shared: dict) -> tuple:
    config = tf.LlavaNextConfig(**common, vision_feature_layer=-2, image_grid_pinpoints=PINPOINTS)
    images = tf.LlavaNextImageProcessor(size={"shortest_edge": 32}, crop_size=SQUARE, image_grid_pinpoints=PINPOINTS)
    parts = {"patch_size": 8, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    return tf.LlavaNextForConditionalGeneration(config), tf.LlavaNextProcessor(images, **shared, **parts)


def _onevision(common: dict, shared: dict) -> tuple:
    """At most two tiles' worth of patches of an image: the rows of a larger one are made fewer."""
    ratio = "anyres_max_2"
    config = tf.LlavaOnevisionConfig(**common, image_grid_pinpoints=PINPOINTS, vision_aspect_ratio=ratio)
    images = tf.LlavaOnevisionImageProcessor(size=SQUARE, image_grid_pinpoints=PINPOINTS)
    parts = {"num_image_tokens": 16, "vision_feature_select_strategy": "full", "vision_aspect_ratio": ratio}
    videos = tf.LlavaOnevisionVideoProcessor()
    processor = tf.LlavaOnevisionProcessor(images, video_processor=videos, **shared, **parts)
    return tf.LlavaOnevisionForConditionalGeneration(config), processor


def _interleave(common: dict, shared: dict) -> tuple:
    """LLaVA-Interleave is LLaVA's own class around a SigLIP tower, of which all tokens of the last block are read."""
    config = tf.LlavaConfig(**common, vision_feature_layer=-1, vision_feature_select_strategy="full")
    parts = {"patch_size": 8, "vision_feature_select_strategy": "full"}
    processor = tf.LlavaProcessor(tf.SiglipImageProcessor(size=SQUARE), **shared, **parts)
    return tf.LlavaForConditionalGeneration(config), processor


FAMILIES: dict[str, tuple[str, Callable[[dict, dict], tuple]]] = {  # the kind of tower, and what makes model and processor
    "next": ("clip", _next),
    "onevision": ("siglip", _onevision),
    "interleave": ("siglip", _interleave),
}


def save_tiny_family(family: str, root: Path, dtype: torch.dtype = torch.float32) -> Path:
    """Save one around the vision tower of a tiny model, which is `root/clip` or `root/siglip`; gives the directory."""
    kind, make = FAMILIES[family]
    encoder = tf.AutoModel.from_pretrained(save_tiny(kind, root / kind))
    torch.manual_seed(0)
    common = {"vision_config": encoder.vision_model.config, "text_config": _text(), "image_token_id": 4}
    shared = {"tokenizer": tiny_llava_tokenizer(), "image_token": "<image>", "chat_template": TEMPLATE}
    model, processor = make(common | {"tie_word_embeddings": False}, shared)
    model.model.vision_tower.load_state_dict(encoder.vision_model.state_dict())
    for weights in model.model.multi_modal_projector.parameters():
        torch.nn.init.normal_(weights, std=0.6)
    model.generation_config.update(eos_token_id=3, pad_token_id=0, bos_token_id=1)
    model.to(dtype).eval().save_pretrained(root / family)
    processor.save_pretrained(root / family)
    return root / family
