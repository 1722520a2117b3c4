"""Load encoders by name:

openai/clip-vit-large-patch14-336        transformers, from the Hub
path/to/model                            transformers' format on disk (config.json)
path/to/open_clip_model                  open_clip's format on disk (open_clip_config.json)
open_clip:ViT-B-32/laion2b_s34b_b79k     open_clip, architecture and pretrained tag
open_clip:hf-hub:OWNER/NAME              open_clip, from the Hub
"""

from pathlib import Path

import torch

from explorer.models.device import best_device
from explorer.models.encoders.base import VisionEncoder
from explorer.models.encoders.open_clip import load as load_open_clip
from explorer.models.encoders.text import TextEncoder, load_open_clip_text, load_transformers_text
from explorer.models.encoders.transformers import load as load_transformers
from explorer.models.hub import hub


def load_encoder(source: str, device: str | None = None) -> VisionEncoder:
    """Load a vision encoder by any of the names above, on the GPU if there is one.

    Raises:
        UserError: if there is no such model, or it cannot be read.
    """
    load = load_open_clip if is_open_clip(source) else load_transformers
    with hub(source):
        return load(source, _device(device))


def load_texts(source: str, device: str | None = None) -> TextEncoder:
    """Load a text tower by any of the names above, on the GPU if there is one.

    Raises:
        UserError: if there is no such model, or it reads no texts.
    """
    load = load_open_clip_text if is_open_clip(source) else load_transformers_text
    with hub(source):
        return load(source, _device(device))


def is_open_clip(source: str) -> bool:
    """Whether a source is in open_clip's format."""
    return source.startswith("open_clip:") or (Path(source) / "open_clip_config.json").is_file()


def _device(name: str | None) -> torch.device:
    return torch.device(name) if name else best_device()
