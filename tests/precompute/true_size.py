"""Models of true size with RANDOM weights, for checks of size and speed: nothing they say about a picture means anything."""

from pathlib import Path

import torch
import transformers as tf


def save_true_size(kind: str, directory: Path) -> Path:
    """Save a CLIP ViT-B/32, DINOv2-small or DINOv2-base, random, with the preprocessing of the real one; gives the directory."""
    torch.manual_seed(0)
    if kind == "clip":
        vision = {
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "patch_size": 32,
        }
        tf.CLIPVisionModelWithProjection(tf.CLIPVisionConfig(**vision, projection_dim=512)).save_pretrained(directory)
        tf.CLIPImageProcessor().save_pretrained(directory)
    else:
        width = {"dinov2": 384, "dinov2-base": 768}[kind]
        shape = {"hidden_size": width, "num_attention_heads": width // 64, "num_hidden_layers": 12}
        tf.Dinov2Model(tf.Dinov2Config(**shape, patch_size=14, image_size=518)).save_pretrained(directory)
        size = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}
        tf.BitImageProcessor(**size, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]).save_pretrained(directory)
    return directory
