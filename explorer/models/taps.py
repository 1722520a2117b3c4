"""Taps: where activations are read in a vision encoder.

22:cls        residual stream after block 22 (0-based), the class token
22:mean       the same, mean over the patch tokens
22:patches    the same, every patch token
22:random:2   the same, 2 random patch tokens per image (for training; PAPER.md §1, steering)
11:eos        of a text: after block 11 of the text tower, the token that its embedding is made of
projection    the encoder's own image embedding: CLIP's projection output, SigLIP's or DINOv2's pooled output
"""

import re
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import UserError

PROJECTION = "projection"
_PATTERN = re.compile(r"^(-?\d+):(cls|mean|patches|eos|random:(\d+))$")


@dataclass(frozen=True)
class Tap:
    """A parsed tap; `block` None means the projection output."""

    block: int | None
    tokens: Literal["cls", "mean", "patches", "random", "eos", "projection"]
    count: int = 1
    """Tokens drawn per image, where they are random."""

    @classmethod
    def parse(cls, text: str) -> "Tap":
        """Read a tap as people write it.

        Raises:
            UserError: if it is none of the forms above.
        """
        if text == PROJECTION:
            return cls(None, "projection")
        match = _PATTERN.match(text)
        if match is None or match[3] == "0":
            raise UserError(
                f"--tap {text}: no such tap; write BLOCK:cls, BLOCK:mean, BLOCK:patches, BLOCK:random:N or projection"
            )
        count = int(match[3] or 1)
        return cls(int(match[1]), "random" if match[3] else match[2], count)  # type: ignore[arg-type]

    def __str__(self) -> str:
        if self.block is None:
            return PROJECTION
        return f"{self.block}:{self.tokens}" + (f":{self.count}" if self.tokens == "random" else "")


class _Reached(Exception):  # not an error: it ends a forward pass whose rest is not needed
    def __init__(self, output: Tensor) -> None:
        self.output = output


def run_to_block(model: nn.Module, block: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """Run `model` on `inputs` until `block` has run, and return that block's output: a hidden state of the residual stream.

    The blocks above are not computed. The hook is gone afterwards, whatever happens.
    """

    def stop(_module: nn.Module, _args: object, output: Tensor | tuple[Tensor, ...]) -> None:
        raise _Reached(output if isinstance(output, Tensor) else output[0])

    handle = block.register_forward_hook(stop)
    try:
        model(**inputs)
    except _Reached as reached:
        return reached.output
    finally:
        handle.remove()
    raise RuntimeError("the model ran without reaching the block")


def select_tokens(hidden_btd: Float[Tensor, "b all d"], tap: Tap, prefix: int, seeds: list[int]) -> Float[Tensor, "b t d"]:
    """Take the tap's tokens of a hidden state.

    Args:
        hidden_btd: class and register tokens first, then the patches.
        prefix: how many tokens come before the patches.
        seeds: one per image; the random tokens of an image depend on its seed alone, not on its batch.
    """
    if tap.tokens == "cls":
        return hidden_btd[:, :1]
    patches_bpd = hidden_btd[:, prefix:]
    if tap.tokens == "mean":
        return patches_bpd.mean(1, keepdim=True)
    if tap.tokens == "patches":
        return patches_bpd
    count = patches_bpd.shape[1]
    drawn = [torch.randperm(count, generator=torch.Generator().manual_seed(seed))[: tap.count] for seed in seeds]
    which_bt = torch.stack(drawn).to(hidden_btd.device)
    return patches_bpd.gather(1, which_bt[..., None].expand(-1, -1, hidden_btd.shape[2]))
