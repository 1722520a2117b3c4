"""Vision-language models of LLaVA's family, by Hub id or directory, opened between vision tower and language model.

    image → vision tower → hidden state at a block, patch tokens (`hidden_state`)
             → projector → the image's places in the prompt → language model → text, token by token (`generate`)

Steering changes the hidden state between the two. LLaVA-1.5 reads hidden state −2 (PAPER.md §5).
"""

import re
from collections.abc import Iterator, Sequence
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

    def generate(self, hidden_td: Float[Tensor, "t d"], prompt: str, sampling: Sampling) -> Iterator[str]:
        """Generate the answer to a prompt about a hidden state, steered or not: after every token, the whole text so far.

        Closing the iterator ends the work. The same arguments give the same text.
        """
        for (text,) in self.generate_batch(hidden_td[None], prompt, sampling):
            yield text

    @torch.inference_mode()
    def generate_batch(self, hidden_btd: Float[Tensor, "b t d"], prompt: str, sampling: Sampling) -> Iterator[list[str]]:
        """Generate the answers to one prompt about several hidden states at once: after every token, all texts so far.

        Each is drawn by its own generator, so that it is the text that `generate` gives, but for rounding.
        """
        ids = self._ids(prompt, hidden_btd.shape[1])
        embed, ends = self.model.get_input_embeddings(), torch.tensor(sorted(self._ends()), device=self.model.device)
        embeds_bte = embed(ids)[None].repeat(len(hidden_btd), 1, 1)
        embeds_bte[:, ids == self.model.config.image_token_id] = self._project(hidden_btd)
        draws = [torch.Generator(self.model.device).manual_seed(sampling.seed) for _ in hidden_btd]
        tokens: list[list[int]] = [[] for _ in hidden_btd]
        going, cache = torch.ones(len(hidden_btd), dtype=torch.bool, device=self.model.device), None
        for _ in range(sampling.length):
            output = self.model(inputs_embeds=embeds_bte, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache, token_b = output.past_key_values, _choose(output.logits[:, -1], sampling.temperature, draws)
            going &= ~torch.isin(token_b, ends)
            if not going.any():
                return
            for place in going.nonzero()[:, 0].tolist():
                tokens[place].append(int(token_b[place]))
            yield [text.strip() for text in self.tokenizer.batch_decode(tokens, skip_special_tokens=True)]
            embeds_bte = embed(token_b[:, None])

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

    def _project(self, hidden_btd: Float[Tensor, "b t d"]) -> Float[Tensor, "b t e"]:
        return self.model.model.multi_modal_projector(hidden_btd.to(self.model.device, self.model.dtype))

    def _ends(self) -> set[int]:
        ends = self.model.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {self.tokenizer.eos_token_id if ends is None else ends}


def _choose(logits_bv: Float[Tensor, "b v"], temperature: float, draws: Sequence[torch.Generator]) -> Int[Tensor, " b"]:
    if temperature == 0:
        return logits_bv.argmax(1)
    shares_bv = (logits_bv.float() / temperature).softmax(1)
    return torch.cat([torch.multinomial(shares_v, 1, generator=draw) for shares_v, draw in zip(shares_bv, draws, strict=True)])


def _block_read(source: str, config: Any, blocks: int) -> int:
    """The block whose output is hidden state `vision_feature_layer`; state 0 is what the first block reads."""
    layer = config.vision_feature_layer
    block = layer - 1 if isinstance(layer, int) and layer >= 0 else blocks + layer if isinstance(layer, int) else -1
    if not 0 <= block < blocks:
        raise UserError(f"{source} reads hidden state {layer} of {blocks} blocks: name a model that reads one block's output")
    return block
