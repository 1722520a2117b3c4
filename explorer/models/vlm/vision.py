"""The vision side of a model of LLaVA's family: an image's tiles, their hidden states, and what the language model reads of them.

    image → tiles → vision tower → hidden states at a block (`hidden_state`)
          → the blocks that are left → projector → tiles put together (`tokens`) → language model

LLaVA-1.5 sees one tile, the whole image. LLaVA-NeXT and LLaVA-OneVision ("anyres") see the whole image, squeezed, and then the
image again in tiles; their rows of patches are joined, padding is cut off, and each row ends in a vector that means a new line.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from explorer.errors import UserError, VisitorError
from explorer.models.encoders.base import Inputs, middle
from explorer.models.encoders.transformers import encoder_of
from explorer.models.taps import Tap, run_to_block
from explorer.models.vlm.tiles import places_shown, resolution

ANYRES = ("llava_next", "llava_onevision")  # the kinds that read tiles
FAMILIES = ("llava", *ANYRES)  # by `model_type` of transformers' configurations


class HiddenState(NamedTuple):
    """Hidden states of an image at a block, and what else it takes to go on from there."""

    patches_td: Tensor
    """The patch tokens of all tiles, float32, those of the whole image first."""
    prefix_npd: Tensor
    """The class tokens of each of n tiles, in the tower's precision; p is 0 where the tower has none."""
    block: int
    size: tuple[int, int]
    """Height and width of the image in pixels: what the arrangement of tiles depends on."""


class Vision:
    """Vision tower, projector, and how tiles are put together.

    Args:
        source: as the model was asked for.
        model: of one of `FAMILIES`, on its device.
        processor: of the same source.

    Raises:
        UserError: if the model reads something else than the patch tokens of one block.
    """

    def __init__(self, source: str, model: Any, processor: Any) -> None:
        self._model, self._processor = model.model, processor.image_processor
        self._config, self._anyres = model.config, model.config.model_type in ANYRES
        reads = _WholeImage(self._processor) if self._anyres else self._processor
        self.encoder = encoder_of(source, self._model.vision_tower, reads, model.device)
        """The tower by itself, of whole images."""
        self._last = _block_read(source, model.config, len(self.encoder.blocks))
        self.tap = Tap(self._last, "patches")
        """Where the projector reads."""
        if (model.config.vision_feature_select_strategy == "default") != (self.encoder.prefix == 1):
            raise UserError(
                f"{source} reads other tokens than its image's patches: name a model of LLaVA's family that reads these"
            )

    @torch.inference_mode()
    def hidden_state(self, image: Image.Image, block: int | None = None) -> HiddenState:
        """Hidden states of an upright RGB image.

        Args:
            block: whose output; None: the one that the projector reads. Later ones are not read, and not for the asking.
        """
        block = self._last if block is None else block
        inputs, size = self._tiles(image)
        hidden_nad = run_to_block(self.encoder.model, self.encoder.blocks[block], self.encoder.to_device(inputs))
        prefix = self.encoder.prefix
        prefix_npd = hidden_nad[:, :prefix].clone()  # a view would keep the whole output in memory
        return HiddenState(hidden_nad[:, prefix:].flatten(0, 1).float(), prefix_npd, block, size)

    def tokens(self, state: HiddenState) -> Float[Tensor, "n e"]:
        """What the language model reads: the blocks after the state's are run, no earlier one."""
        prefix_npd = state.prefix_npd
        patches_nqd = state.patches_td.to(prefix_npd).unflatten(0, (len(prefix_npd), -1))
        hidden_nad = torch.cat([prefix_npd, patches_nqd], dim=1)
        for block in self.encoder.blocks[state.block + 1 : self._last + 1]:
            hidden_nad = block(hidden_nad, attention_mask=None)
        features_nqe = self._model.multi_modal_projector(hidden_nad[:, self.encoder.prefix :])
        return self._put_together(features_nqe, state.size) if self._anyres else features_nqe.flatten(0, 1)

    def tokens_at(self, patches: Sequence[int], size: tuple[int, int]) -> tuple[int, ...]:
        """The tokens, of all tiles, that show some patches of the whole image.

        Args:
            patches: by number, row by row.
            size: the image's, from its hidden state.

        Raises:
            VisitorError: if there is no such patch.
        """
        rows, columns = self.encoder.grid or (0, 0)
        if not all(0 <= patch < rows * columns for patch in patches):
            raise VisitorError(f"asked to steer a patch that is not there: they are 0 to {rows * columns - 1}")
        canvas = resolution(size, self._config.image_grid_pinpoints) if self._anyres else None
        if canvas is None:
            return tuple(patches)
        shown_t = places_shown(size, canvas, self._config.vision_config.image_size, rows)
        return tuple(torch.isin(shown_t, torch.tensor(patches)).nonzero()[:, 0].tolist())

    def _tiles(self, image: Image.Image) -> tuple[Inputs, tuple[int, int]]:
        """The whole image, and its tiles where the model reads any, as the tower's inputs; and the image's height and width."""
        size = (image.height, image.width)
        if not self._anyres:
            return self.encoder.prepare([image]), size
        if resolution(size, self._config.image_grid_pinpoints) is None:  # a strip, of which no tile would show a pixel
            image = middle(image)
            size = (image.height, image.width)
        pixels_bnchw = self._processor(images=[image], return_tensors="pt")["pixel_values"]
        return {"pixel_values": pixels_bnchw[0].to(self._model.vision_tower.dtype)}, size

    def _put_together(self, features_nqe: Float[Tensor, "n q e"], size: tuple[int, int]) -> Float[Tensor, "m e"]:
        """By the model's own function; LLaVA-OneVision's also makes the rows of a large image fewer."""
        own = (
            {"vision_feature_select_strategy": self._config.vision_feature_select_strategy}
            if self._config.model_type == "llava_next"
            else {"vision_aspect_ratio": self._config.vision_aspect_ratio}
        )
        newline_e = self._model.image_newline
        packed, _ = self._model.pack_image_features([features_nqe], torch.tensor([size]), image_newline=newline_e, **own)
        return packed[0]


class _WholeImage:
    """Of what an anyres processor makes of images, the first tile: the whole image, squeezed to a square."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor

    def __call__(self, images: list[Image.Image], return_tensors: str) -> Inputs:
        return {"pixel_values": self._processor(images=images, return_tensors=return_tensors)["pixel_values"][:, 0]}


def _block_read(source: str, config: Any, blocks: int) -> int:
    """The block whose output is hidden state `vision_feature_layer`; state 0 is what the first block reads."""
    layer = config.vision_feature_layer
    block = layer - 1 if isinstance(layer, int) and layer >= 0 else blocks + layer if isinstance(layer, int) else -1
    if not 0 <= block < blocks:
        raise UserError(f"{source} reads hidden state {layer} of {blocks} blocks: name a model that reads one block's output")
    return block
