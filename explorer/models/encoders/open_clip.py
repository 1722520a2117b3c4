"""Vision encoders in open_clip's format: its own towers and timm's behind it."""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from explorer.errors import UserError
from explorer.models.encoders.base import Inputs, VisionEncoder, grid_by_convolution


def load(source: str, device: torch.device) -> VisionEncoder:
    """Load by `open_clip:ARCH/TAG`, `open_clip:hf-hub:OWNER/NAME` or a directory; see `load_encoder`."""
    model, transform = create(source)
    visual: nn.Module = model.visual.to(device).float()  # type: ignore[assignment]
    return VisionEncoder(
        source,
        "open_clip",
        _Tower(visual),
        _blocks(visual),
        partial(_prepare, transform),
        partial(_embed, visual),
        device,
        None if _squeezes(visual) else 1.0,
        partial(grid_by_convolution, visual),
    )


def create(source: str):  # open_clip's model classes share no base
    import open_clip

    name = source.removeprefix("open_clip:")
    architecture, tag = (f"local-dir:{name}", None) if Path(name).is_dir() else (name, None)
    if architecture == name and not name.startswith("hf-hub:"):
        architecture, _, tag = name.partition("/")
        if not tag:
            raise UserError(f"--encoder {source}: no pretrained tag; write open_clip:{architecture}/TAG")
    try:
        model, _, transform = open_clip.create_model_and_transforms(architecture, pretrained=tag, weights_only=True)
    except (OSError, RuntimeError, ValueError, KeyError, FileNotFoundError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise UserError(f"--encoder {source}: open_clip cannot load it ({reason}); see open_clip.list_pretrained()") from error
    return model, transform


class _Tower(nn.Module):
    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.visual = visual

    def forward(self, pixel_values: Tensor) -> Tensor:
        return self.visual(pixel_values)


def _blocks(visual: nn.Module) -> list[nn.Module]:
    own = getattr(getattr(visual, "transformer", None), "resblocks", None)
    timm = getattr(getattr(visual, "trunk", None), "blocks", None)
    blocks = own if own is not None else timm
    return list(blocks) if isinstance(blocks, nn.ModuleList | nn.Sequential) else []


def _prepare(transform: object, images: list[Image.Image]) -> Inputs:
    return {"pixel_values": torch.stack([transform(image) for image in images])}  # type: ignore[operator]


def _embed(visual: nn.Module, inputs: Inputs) -> Float[Tensor, "b e"]:
    return visual(inputs["pixel_values"])


def _squeezes(visual: nn.Module) -> bool:
    return getattr(visual, "preprocess_cfg", {}).get("resize_mode") == "squash"
