"""Vision-language models of LLaVA's family, by Hub id or directory, opened between vision tower and language model.

    image → vision tower → hidden state at a block, patch tokens (`hidden_state`)
             → projector → the image's places in the prompt → language model → text, token by token (`generate`)

Steering changes the hidden state between the two. LLaVA-1.5 reads hidden state −2 (PAPER.md §5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from explorer.errors import UserError
from explorer.models.encoders.transformers import encoder_of
from explorer.models.taps import Tap


@dataclass(frozen=True)
class Sampling:
    """How words are chosen."""

    length: int = 48
    """Tokens at most."""
    temperature: float = 0.0
    """0 takes the likeliest token each time; 1 draws by the model's own probabilities."""
    seed: int = 0
    """Of the draws."""


class VisionLanguageModel:
    """A LLaVA ready for use.

    Args:
        source: as it was asked for.
        model: `LlavaForConditionalGeneration`, on its device.
        processor: of the same source.

    Raises:
        UserError: if it reads something else than the patch tokens of one block.
    """

    def __init__(self, source: str, model: Any, processor: Any) -> None:
        self.source = source
        self.model = model.eval().requires_grad_(False)
        self.tokenizer, self._chat = processor.tokenizer, processor.apply_chat_template
        self.encoder = encoder_of(source, model.model.vision_tower, processor.image_processor, model.device)
        self.name = self.encoder.name
        """A short name for people."""
        self.tap = Tap(_block_read(source, model.config, len(self.encoder.blocks)), "patches")
        if (model.config.vision_feature_select_strategy == "default") != (self.encoder.prefix == 1):
            raise UserError(f"{source} reads other tokens than its image's patches: name a model of LLaVA-1.5's kind")

    def hidden_state(self, image: Image.Image) -> Float[Tensor, "t d"]:
        """The hidden state that the projector reads, float32, of an upright RGB image: one row a patch."""
        return self.encoder.read(self.encoder.prepare([image]), self.tap)[0]

    @torch.inference_mode()
    def generate(self, hidden_td: Float[Tensor, "t d"], prompt: str, sampling: Sampling) -> Iterator[str]:
        """Generate the answer to a prompt about a hidden state, steered or not: after every token, the whole text so far.

        Closing the iterator ends the work. The same arguments give the same text.
        """
        ids = self._ids(prompt, len(hidden_td))
        embed, ends = self.model.get_input_embeddings(), self._ends()
        embeds_1te = embed(ids[None])
        embeds_1te[0, ids == self.model.config.image_token_id] = self._project(hidden_td)
        draw, cache, tokens = torch.Generator(self.model.device).manual_seed(sampling.seed), None, []
        while len(tokens) < sampling.length:
            output = self.model(inputs_embeds=embeds_1te, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, token = output.past_key_values, _choose(output.logits[0, -1], sampling.temperature, draw)
            if int(token) in ends:
                return
            tokens.append(int(token))
            yield self.tokenizer.decode(tokens, skip_special_tokens=True).strip()
            embeds_1te = embed(token[None])

    def unknown_words(self, prompt: str) -> list[str]:
        """Words of a prompt that the tokenizer has no token for: the model reads a blank in their place."""
        unknown = self.tokenizer.unk_token_id
        words = dict.fromkeys(re.findall(r"[^\W\d_]+|\d+", self._plain(prompt)))
        return [word for word in words if unknown in self.tokenizer(word, add_special_tokens=False).input_ids]

    def _plain(self, prompt: str) -> str:
        """The prompt without the tokenizer's own marks: who types "<image>" means the word."""
        for mark in self.tokenizer.added_tokens_decoder.values():
            prompt = prompt.replace(mark.content, " ")
        return prompt

    def _ids(self, prompt: str, patches: int) -> Int[Tensor, " n"]:
        """One user turn, the image's mark repeated once for every patch."""
        content = [{"type": "image"}, {"type": "text", "text": self._plain(prompt)}]
        chat = self._chat([{"role": "user", "content": content}], add_generation_prompt=True)
        begins = bool(self.tokenizer.bos_token) and chat.startswith(self.tokenizer.bos_token)
        ids = torch.tensor(self.tokenizer(chat, add_special_tokens=not begins).input_ids, device=self.model.device)
        return ids.repeat_interleave(torch.where(ids == self.model.config.image_token_id, patches, 1))

    def _project(self, hidden_td: Float[Tensor, "t d"]) -> Float[Tensor, "t e"]:
        return self.model.model.multi_modal_projector(hidden_td.to(self.model.device, self.model.dtype))

    def _ends(self) -> set[int]:
        ends = self.model.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {self.tokenizer.eos_token_id if ends is None else ends}


def _choose(logits: Float[Tensor, " v"], temperature: float, draw: torch.Generator) -> Int[Tensor, "1"]:
    if temperature == 0:
        return logits.argmax(keepdim=True)
    return torch.multinomial((logits.float() / temperature).softmax(0), 1, generator=draw)


def _block_read(source: str, config: Any, blocks: int) -> int:
    """The block whose output is hidden state `vision_feature_layer`; state 0 is what the first block reads."""
    layer = config.vision_feature_layer
    block = layer - 1 if isinstance(layer, int) and layer >= 0 else blocks + layer if isinstance(layer, int) else -1
    if not 0 <= block < blocks:
        raise UserError(f"{source} reads hidden state {layer} of {blocks} blocks: name a model that reads one block's output")
    return block
