"""What an encoder is: a tower of a model, of images or of texts, behind one interface.

Nothing that a download brings is run: weights are safetensors, remote code is off.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Generic, Literal, TypeVar

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from explorer.errors import UserError
from explorer.models.taps import Tap, run_to_block, select_tokens

Item = TypeVar("Item")
Inputs = dict[str, Tensor]  # what a model's forward takes, batch first
WIDEST = 3  # longer side of a picture that is to be cropped to a square, as a multiple of its shorter one


@dataclass
class Encoder(Generic[Item]):
    """A tower of a model, of images or of texts: `prepare` some, then `embed` them."""

    source: str
    """As it was asked for."""
    library: Literal["transformers", "open_clip"]
    model: nn.Module
    """The tower; `model(**inputs)` runs it."""
    blocks: list[nn.Module]
    """Transformer blocks, first to last; empty where the model is no transformer."""
    prepare: Callable[[list[Item]], Inputs]
    """Items → the model's inputs, on the CPU; may run in another process."""
    embed: Callable[[Inputs], Float[Tensor, "b e"]]
    """Inputs → the encoder's own embedding: the tap `projection`."""
    device: torch.device

    @property
    def name(self) -> str:
        """A short name for people and files."""
        return self.source.rstrip("/").split("/")[-1].removeprefix("open_clip:").replace(":", "-")

    def to_device(self, inputs: Inputs) -> Inputs:
        return {name: tensor.to(self.device, non_blocking=True) for name, tensor in inputs.items()}

    @cached_property
    def weights_hash(self) -> str:
        """32 hexadecimal digits over the tower's parameters: the same model from any source hashes the same."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
        return digest.hexdigest()[:32]


@dataclass
class VisionEncoder(Encoder[Image.Image]):
    """An encoder of upright RGB pictures: `prepare` them, then `read` a tap or `embed` them."""

    crop: float | None
    """Side of the centred square it sees, as a share of a picture's shorter side; None: the whole picture, squeezed."""
    patch_grid: Callable[[Inputs], tuple[int, int] | None]
    """Rows and columns of patches for these inputs."""

    def __post_init__(self) -> None:
        self.model.eval().requires_grad_(False)
        if self.crop is not None:
            self.prepare = partial(_prepare_middles, self.prepare)
        with torch.inference_mode():
            inputs = self.to_device(self.prepare([Image.new("RGB", (64, 64))]))
            hidden_btd = run_to_block(self.model, self.blocks[0], inputs) if self.blocks else None
        self.grid = None if hidden_btd is None else self.patch_grid(inputs)
        patches = 0 if self.grid is None else self.grid[0] * self.grid[1]
        self.prefix = 0 if hidden_btd is None else hidden_btd.shape[1] - patches
        if self.prefix < 0:  # tokens were merged: it has blocks, but no grid to draw on
            self.grid, self.prefix = None, 0

    def check(self, tap: Tap) -> None:
        """Refuse a tap that this encoder does not have.

        Raises:
            UserError: saying what it has.
        """
        if tap.block is None:
            return
        if not self.blocks:
            raise UserError(f"--tap {tap}: {self.name} is no vision transformer, it has no blocks; use --tap projection")
        if not 0 <= tap.block < len(self.blocks):
            last = len(self.blocks) - 1
            raise UserError(f"--tap {tap}: the blocks of {self.name} are 0 to {last}; choose one of them, or projection")
        if tap.tokens == "eos":
            raise UserError(f"--tap {tap}: is a tap of texts; pictures have {tap.block}:cls, {tap.block}:mean or projection")
        if tap.tokens == "cls" and self.prefix == 0:
            raise UserError(
                f"--tap {tap}: {self.name} has no class token; use {tap.block}:mean, {tap.block}:patches or projection"
            )
        if tap.tokens not in ("cls", "projection") and self.grid is None:
            raise UserError(f"--tap {tap}: {self.name} has no patch tokens; use {tap.block}:cls or projection")
        if tap.tokens == "random" and self.grid is not None and tap.count > self.grid[0] * self.grid[1]:
            raise UserError(f"--tap {tap}: {self.name} has only {self.grid[0] * self.grid[1]} patches; draw fewer")

    def tokens(self, tap: Tap) -> int:
        """Vectors per image that the tap gives."""
        patches = self.grid[0] * self.grid[1] if self.grid else 1
        return {"patches": patches, "random": tap.count}.get(tap.tokens, 1)

    @torch.inference_mode()
    def read(self, inputs: Inputs, tap: Tap, seeds: list[int] | None = None) -> Float[Tensor, "b t d"]:
        """Activations at the tap, float32, on the encoder's device.

        Args:
            inputs: from `prepare`.
            tap: one that `check` accepts.
            seeds: one per image, for random tokens; 0, 1, … if None.
        """
        inputs = self.to_device(inputs)
        if tap.block is None:
            return self.embed(inputs).float()[:, None]
        hidden_btd = run_to_block(self.model, self.blocks[tap.block], inputs)
        return select_tokens(hidden_btd, tap, self.prefix, seeds or list(range(len(hidden_btd)))).float()


def middle(image: Image.Image) -> Image.Image:
    """The middle of a very wide or tall picture; any other as it is.

    An encoder that crops a centred square resizes first: a strip of 25,000 × 1 px would become 5,600,000 × 224.
    """
    longest = WIDEST * min(image.size)
    left, top = (max(0, side - longest) // 2 for side in image.size)  # from both ends: the middle stays where it is
    return image.crop((left, top, image.width - left, image.height - top)) if left or top else image


def _prepare_middles(prepare: Callable[[list[Image.Image]], Inputs], images: list[Image.Image]) -> Inputs:
    return prepare([middle(image) for image in images])


def grid_by_convolution(model: nn.Module, inputs: Inputs) -> tuple[int, int] | None:
    """Rows and columns of patches that a model's patch embedding, its first convolution, makes; None where it has none."""
    convolution = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    if convolution is None:
        return None
    height, width = inputs["pixel_values"].shape[-2:]
    return height // convolution.stride[0], width // convolution.stride[1]
