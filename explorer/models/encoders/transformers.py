"""Vision encoders in transformers' format: CLIP, SigLIP and SigLIP2, DINOv2 and v3, AIMv2, ViT-MAE and WebSSL, plain ViT."""

from functools import partial
from math import isqrt
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from explorer.errors import UserError, repair_hint
from explorer.models.encoders.base import Inputs, VisionEncoder, grid_by_convolution


def load(source: str, device: torch.device) -> VisionEncoder:
    """Load from the Hub or a directory; see `load_encoder`."""
    from transformers import AutoImageProcessor
    from transformers.utils import logging

    logging.disable_progress_bar()  # of reading weights that are on disk: a second; downloads keep theirs
    config = read_config(source)
    try:
        processor = AutoImageProcessor.from_pretrained(source)
        whole = _class(config).from_pretrained(source, config=config, use_safetensors=True, dtype=torch.float32)
    except Exception as error:  # a damaged file raises anything: JSON's, safetensors', the processor's own
        raise UserError(f"--encoder {source}: found, but not loadable ({first_line(error)}): {_complete(source)}") from error
    whole = whole.to(device).eval().requires_grad_(False)
    return encoder_of(source, whole, processor, device)


def encoder_of(source: str, whole: Any, processor: object, device: torch.device) -> VisionEncoder:
    """The encoder inside a loaded model: its vision tower, or itself if it is one.

    Args:
        whole: on `device`.
        processor: its image processor.

    Raises:
        UserError: if the model does not read pictures.
    """
    tower = getattr(whole, "vision_model", whole)
    if not _reads_pixels(tower):
        raise UserError(f"--encoder {source}: {type(whole).__name__} does not read pictures; name a vision encoder")
    return VisionEncoder(
        source,
        "transformers",
        _Tower(tower, getattr(whole, "visual_projection", None)),
        blocks_of(tower),
        partial(_prepare, processor, _wants_squares(tower.config), tower.dtype),
        partial(_embed, whole),
        device,
        _crop(processor),
        partial(_patch_grid, tower),
    )


def read_config(source: str):  # any of transformers' configuration classes
    from transformers import AutoConfig

    local = Path(source)
    if local.exists() and not (local / "config.json").is_file():
        raise UserError(f"--encoder {source}: no config.json or open_clip_config.json there; give a model's own directory")
    try:
        config = AutoConfig.from_pretrained(source)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"--encoder {source}: neither a model directory nor a model on the Hub ({first_line(error)})") from error
    if config.model_type == "vit_mae":
        config.mask_ratio = 0.0  # masking is for its training; every patch is wanted here
    return config


def _class(config: object):
    """AutoModel would drop the projection of a vision tower that was saved with one."""
    import transformers

    named = (getattr(config, "architectures", None) or [""])[0]
    return getattr(transformers, named) if named.endswith("VisionModelWithProjection") else transformers.AutoModel


class _Tower(nn.Module):
    """Runs a vision tower; ViT-MAE shuffles its patches by random noise, so it gets noise that keeps their order.

    CLIP's projection is kept beside its tower, so that the hash of the weights covers it.
    """

    def __init__(self, tower: nn.Module, projection: nn.Module | None = None) -> None:
        super().__init__()
        self.tower = tower
        self.projection = projection

    def forward(self, **inputs: Tensor) -> object:
        if getattr(self.tower.config, "model_type", "") == "vit_mae":
            pixels = inputs["pixel_values"]
            patches: int = self.tower.embeddings.patch_embeddings.num_patches  # type: ignore[assignment, union-attr]
            inputs["noise"] = torch.arange(patches, dtype=torch.float32, device=pixels.device).expand(len(pixels), -1)
        return self.tower(**inputs)


def _reads_pixels(tower: nn.Module) -> bool:
    return getattr(tower, "main_input_name", "") == "pixel_values"


def blocks_of(tower: nn.Module) -> list[nn.Module]:
    """The first list of equal modules that is as long as the configuration says: the transformer's blocks."""
    lists = [list(m) for m in tower.modules() if isinstance(m, nn.ModuleList) and len({type(block) for block in m}) == 1]
    count = getattr(tower.config, "num_hidden_layers", None)
    return next((blocks for blocks in lists if len(blocks) == count), [])


def _wants_squares(config: object) -> bool:
    """SigLIP2's "naflex" models take pictures of any shape; a square one gives every picture the same grid."""
    vision = getattr(config, "vision_config", config)
    return getattr(vision, "model_type", "") == "siglip2_vision_model"


def _prepare(processor: object, square: bool, dtype: torch.dtype, images: list[Image.Image]) -> Inputs:
    if square:
        side = processor.patch_size * isqrt(processor.max_num_patches)  # type: ignore[attr-defined]
        images = [image.resize((side, side), Image.Resampling.BICUBIC) for image in images]
    inputs = dict(processor(images=images, return_tensors="pt"))  # type: ignore[operator]
    return {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}


def _embed(whole: nn.Module, inputs: Inputs) -> Float[Tensor, "b e"]:
    if hasattr(whole, "get_image_features"):
        features = whole.get_image_features(**inputs)  # type: ignore[operator]
        return features if isinstance(features, Tensor) else features.pooler_output
    output = _Tower(whole)(**inputs)
    for name in ("image_embeds", "pooler_output"):
        if getattr(output, name, None) is not None:
            return getattr(output, name).flatten(1)
    return output.last_hidden_state[:, 0]  # type: ignore[attr-defined]  # the class token, as ViT-MAE is read


def _crop(processor: object) -> float | None:
    """Share of the shorter side that the processor's centred crop keeps."""
    if not getattr(processor, "do_center_crop", False):
        return None
    size, crop = getattr(processor, "size", {}), getattr(processor, "crop_size", {})
    resized, kept = size.get("shortest_edge"), crop.get("height")
    return min(1.0, kept / resized) if resized and kept else None


def _patch_grid(tower: nn.Module, inputs: Inputs) -> tuple[int, int] | None:
    if "spatial_shapes" in inputs:
        rows, columns = inputs["spatial_shapes"][0].tolist()
        return rows, columns
    return grid_by_convolution(tower, inputs)


def _complete(source: str) -> str:
    return repair_hint(source) if Path(source).name.startswith("storybook") else "is it complete?"


def first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:200]
