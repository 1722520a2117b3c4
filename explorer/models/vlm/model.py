"""Vision-language models of LLaVA's family, by Hub id or directory, opened between vision tower and language model.

    image → vision tower → hidden state at a block, patch tokens (`hidden_state`)
             → projector → the image's places in the prompt → language model → text, token by token (`generate`)

Steering changes the hidden state between the two. LLaVA-1.5 reads hidden state −2 (PAPER.md §5). The vision side is `vision.py`.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from explorer.models.vlm.sampling import Sampling
from explorer.models.vlm.vision import HiddenState, Vision
from explorer.precision import variant


class VisionLanguageModel:
    """A LLaVA ready for use.

    Args:
        source: as it was asked for.
        model: of one of `FAMILIES` (`vision.py`), on its device.
        processor: of the same source.
        precision: that was asked for.

    Raises:
        UserError: if it reads something else than the patch tokens of one block.
    """

    def __init__(self, source: str, model: Any, processor: Any, precision: str = "auto") -> None:
        self.source = source
        self.model = model.eval().requires_grad_(False)
        self.tokenizer, self._chat = processor.tokenizer, processor.apply_chat_template
        self.vision = Vision(source, self.model, processor)
        self.encoder, self.tap = self.vision.encoder, self.vision.tap
        self.name = self.encoder.name
        """A short name for people."""
        self.variant = variant(self.name, precision)
        """Its name, with the precision if that is not the saved one: what answers are kept by."""

    def hidden_state(self, image: Image.Image, block: int | None = None) -> HiddenState:
        """The hidden states of an upright RGB image after a block; None: after the one that the projector reads."""
        return self.vision.hidden_state(image, block)

    def generate(self, state: HiddenState, prompt: str, sampling: Sampling) -> Iterator[str]:
        """Generate the answer to a prompt about hidden states, steered or not: after every token, the whole text so far.

        Closing the iterator ends the work. The same arguments give the same text.
        """
        for (text,) in self.generate_batch([state], prompt, sampling):
            yield text

    @torch.inference_mode()
    def generate_batch(self, states: Sequence[HiddenState], prompt: str, sampling: Sampling) -> Iterator[list[str]]:
        """Generate the answers to one prompt about several images' hidden states at once: after every token, all texts so far.

        Each is drawn by its own generator, so that it is the text that `generate` gives, but for rounding.
        """
        embeds_bte, seen_bt = self._begin(states, prompt)
        embed, ends = self.model.get_input_embeddings(), torch.tensor(sorted(self._ends()), device=self.model.device)
        draws = [torch.Generator(self.model.device).manual_seed(sampling.seed) for _ in states]
        tokens: list[list[int]] = [[] for _ in states]
        going, cache = torch.ones(len(states), dtype=torch.bool, device=self.model.device), None
        for _ in range(sampling.length):
            places = _places(seen_bt, embeds_bte.shape[1])
            output = self.model(inputs_embeds=embeds_bte, past_key_values=cache, use_cache=True, logits_to_keep=1, **places)
            cache, token_b = output.past_key_values, _choose(output.logits[:, -1], sampling.temperature, draws)
            going &= ~torch.isin(token_b, ends)
            if not going.any():
                return
            for place in going.nonzero()[:, 0].tolist():
                tokens[place].append(int(token_b[place]))
            yield [text.strip() for text in self.tokenizer.batch_decode(tokens, skip_special_tokens=True)]
            embeds_bte, seen_bt = embed(token_b[:, None]), F.pad(seen_bt, (0, 1), value=1)

    def _begin(self, states: Sequence[HiddenState], prompt: str) -> tuple[Float[Tensor, "b t e"], Int[Tensor, "b t"]]:
        """The prompt with each image in its place, filled up on the left to one length; and 1 where nothing is filled up."""
        ids, embed, rows = self._ids(prompt), self.model.get_input_embeddings(), []
        for state in states:
            tokens_ne = self.vision.tokens(state)
            is_image = ids == self.model.config.image_token_id
            places = ids.repeat_interleave(torch.where(is_image, len(tokens_ne), 1))
            embeds_te = embed(places)
            embeds_te[places == self.model.config.image_token_id] = tokens_ne.to(embeds_te)
            rows.append(embeds_te)
        seen = [torch.ones(len(row), dtype=torch.long, device=row.device) for row in rows]
        return pad_sequence(rows, True, padding_side="left"), pad_sequence(seen, True, padding_side="left")

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

    def _ids(self, prompt: str) -> Int[Tensor, " n"]:
        """One user turn; the image is one mark."""
        content = [{"type": "image"}, {"type": "text", "text": self._plain(prompt)}]
        chat = self._chat([{"role": "user", "content": content}], add_generation_prompt=True)
        begins = bool(self.tokenizer.bos_token) and chat.startswith(self.tokenizer.bos_token)
        return torch.tensor(self.tokenizer(chat, add_special_tokens=not begins).input_ids, device=self.model.device)

    def _ends(self) -> set[int]:
        ends = self.model.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {self.tokenizer.eos_token_id if ends is None else ends}


def _places(seen_bt: Int[Tensor, "b t"], new: int) -> dict[str, Tensor]:
    """What the language model must be told where prompts were filled up: which tokens count, and the places of the new ones."""
    if seen_bt.all():
        return {}
    return {"attention_mask": seen_bt, "position_ids": (seen_bt.cumsum(1) - 1).clamp(min=0)[:, -new:]}


def _choose(logits_bv: Float[Tensor, "b v"], temperature: float, draws: Sequence[torch.Generator]) -> Int[Tensor, " b"]:
    if temperature == 0:
        return logits_bv.argmax(1)
    shares_bv = (logits_bv.float() / temperature).softmax(1)
    return torch.cat([torch.multinomial(shares_v, 1, generator=draw) for shares_v, draw in zip(shares_bv, draws, strict=True)])
