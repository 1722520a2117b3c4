"""Text towers by Hub id or local directory: of the same models, and by the same names, as the vision encoders."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import UserError
from explorer.models.encoders.base import Encoder, Inputs
from explorer.models.encoders.open_clip import create
from explorer.models.encoders.transformers import blocks_of, first_line, read_config
from explorer.models.taps import Tap, run_to_block


@dataclass
class TextEncoder(Encoder[str]):
    """An encoder of texts, into the space of the pictures' embeddings."""

    ends: Callable[[Inputs], Int[Tensor, " b"]]
    """Where each text's last token is, the one that its embedding is made of."""
    knows: Callable[[str], bool] = lambda word: True
    """Whether the tokenizer has tokens for a word; one of a closed vocabulary may have none."""

    def __post_init__(self) -> None:
        self.model.eval().requires_grad_(False)

    grid = crop = None  # of pictures alone

    def check(self, tap: Tap) -> None:
        """Refuse a tap that texts do not have.

        Raises:
            UserError: saying what they have.
        """
        if tap.block is None:
            return
        if tap.tokens != "eos":
            raise UserError(f"--tap {tap}: is a tap of pictures; texts have BLOCK:eos and projection")
        if not 0 <= tap.block < len(self.blocks):
            there = f"its blocks are 0 to {len(self.blocks) - 1}" if self.blocks else "its blocks cannot be read"
            raise UserError(f"--tap {tap}: {self.name} does not have it, {there}; choose one of them, or projection")

    def tokens(self, tap: Tap) -> int:
        """Vectors per text."""
        return 1

    @torch.inference_mode()
    def read(self, inputs: Inputs, tap: Tap, seeds: list[int] | None = None) -> Float[Tensor, "b 1 d"]:
        """Activations at the tap, float32, on the encoder's device; nothing is drawn, so `seeds` change nothing."""
        inputs = self.to_device(inputs)
        if tap.block is None:
            return self.embed(inputs).float()[:, None]
        hidden_btd = run_to_block(self.model, self.blocks[tap.block], inputs)
        return hidden_btd[torch.arange(len(hidden_btd)), self.ends(inputs)].float()[:, None]

    def embed_all(self, texts: list[str], batch_size: int = 256) -> Float[Tensor, "n e"]:
        """Embeddings of many texts, on the CPU."""
        parts = [texts[at : at + batch_size] for at in range(0, len(texts), batch_size)]
        return torch.cat([self.read(self.prepare(part), Tap.parse("projection"))[:, 0].cpu() for part in parts])


def load_transformers_text(source: str, device: torch.device) -> TextEncoder:
    """Load from the Hub or a directory; see `load_texts`."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # of reading weights that are on disk
    config = read_config(source)
    if not hasattr(config, "text_config"):
        raise UserError(f"{source} has no text tower: name a model with one, such as openai/clip-vit-base-patch32")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        whole: Any = AutoModel.from_pretrained(source, config=config, use_safetensors=True, dtype=torch.float32)
    except Exception as error:  # a damaged file raises anything: JSON's, safetensors', the tokenizer's own
        raise UserError(f"{source}: its text tower is found, but not loadable ({first_line(error)}); is it complete?") from error
    whole = whole.to(device)
    length = config.text_config.max_position_embeddings
    padding = "max_length" if "siglip" in config.model_type else "longest"  # as SigLIP was trained
    tokenize = partial(tokenizer, padding=padding, truncation=True, max_length=length, return_tensors="pt")
    tower = _Tower(whole.text_model, getattr(whole, "text_projection", None))
    prepare, embed = partial(_tokens, tokenize), partial(_embed, whole)
    knows = partial(_knows, tokenizer)
    return TextEncoder(source, "transformers", tower, blocks_of(whole.text_model), prepare, embed, device, _ends, knows)


class _Tower(nn.Module):
    """Runs a text tower; CLIP's projection is kept beside it, so that the hash of the weights covers it."""

    def __init__(self, tower: nn.Module, projection: nn.Module | None) -> None:
        super().__init__()
        self.tower, self.projection = tower, projection

    def forward(self, **inputs: Tensor) -> object:
        return self.tower(**inputs)


def _tokens(tokenize: Callable[[list[str]], Any], texts: list[str]) -> Inputs:
    found = tokenize(texts)
    return {name: found[name] for name in ("input_ids", "attention_mask") if name in found}


def _knows(tokenizer: Any, word: str) -> bool:
    return tokenizer.unk_token_id not in tokenizer(word, add_special_tokens=False)["input_ids"]


def _embed(whole: Any, inputs: Inputs) -> Float[Tensor, "b e"]:
    features = whole.get_text_features(**inputs)
    return features if isinstance(features, Tensor) else features.pooler_output


def _ends(inputs: Inputs) -> Int[Tensor, " b"]:
    ids = inputs["input_ids"]
    return inputs["attention_mask"].sum(1) - 1 if "attention_mask" in inputs else torch.full((len(ids),), ids.shape[1] - 1)


def load_open_clip_text(source: str, device: torch.device) -> TextEncoder:
    """Load in open_clip's format; see `load_texts`."""
    import open_clip

    model: Any = create(source)[0].to(device).float()
    name = source.removeprefix("open_clip:")
    known = name if name.startswith("hf-hub:") else name.partition("/")[0]
    tokenize = open_clip.get_tokenizer(f"local-dir:{name}" if Path(name).is_dir() else known)
    embed = partial(_encode_text, model)
    return TextEncoder(source, "open_clip", model, [], partial(_open_clip_tokens, tokenize), embed, device, _ends)


def _open_clip_tokens(tokenize: Callable[[list[str]], Tensor], texts: list[str]) -> Inputs:
    return {"input_ids": tokenize(texts)}


def _encode_text(model: Any, inputs: Inputs) -> Float[Tensor, "b e"]:
    return model.encode_text(inputs["input_ids"])
