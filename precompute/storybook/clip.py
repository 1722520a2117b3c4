"""storybook-clip: a small CLIP trained from nothing on rendered scenes and their captions, saved in transformers' format.

    python -m precompute.storybook.clip --out assets/storybook/models/storybook-clip --minutes 25

Two things are learnt together: which caption belongs to which picture (CLIP's loss), and, by two linear heads on the last patch
tokens that are thrown away afterwards, which kind and colour of thing each patch shows. The second makes the first come sooner.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import tyro
from torch import Tensor, nn
from tqdm import tqdm

from precompute.storybook.captions import caption
from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from precompute.storybook.pictures import PATCH, Rendered, render_seeds
from precompute.storybook.sample import sample_scene
from precompute.storybook.scene import SIDE
from precompute.storybook.vocabulary import vocabulary
from precompute.storybook.words import WORD

import explorer.models.torchvision_ops  # isort: skip  # noqa: F401  # before transformers
import transformers as tf

MEAN, STD = (0.55, 0.5, 0.52), (0.27, 0.25, 0.27)  # of the rendered scenes, sRGB
WIDTH = 128  # of the vision tower
LONGEST = 40  # tokens of a caption
SPECIAL = ("[pad]", "[bos]", "[unk]", "[eos]")


@dataclass(frozen=True)
class Clip:
    """Train storybook-clip.

    Example: python -m precompute.storybook.clip --out assets/storybook/models/storybook-clip --minutes 25
    """

    out: Path
    """Directory to write."""
    scenes: int = 24_000
    """Rendered once and shown again and again."""
    minutes: float = 25
    """Of training; the learning rate falls to nothing over them."""
    batch_size: int = 192
    """Pictures per step."""
    seed: int = 0
    """Of the start and the order."""


def run(ask: Clip) -> None:
    """Render, train, save, and print how well held-out captions are found."""
    torch.manual_seed(ask.seed)
    data = render_seeds(range(ask.scenes))
    model, tokenizer = make_model(), make_tokenizer()
    heads = nn.ModuleList([nn.Linear(WIDTH, len(names) + 1) for names in (KINDS, COLOURS)])
    optimizer = torch.optim.AdamW([*model.parameters(), *heads.parameters()], lr=1e-3, weight_decay=0.05, fused=True)
    order = np.random.default_rng(ask.seed)
    start, share = time.monotonic(), 0.0
    with tqdm(total=round(60 * ask.minutes), unit="s", desc="train clip", dynamic_ncols=True) as bar:
        while share < 1:
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * min(1.0, share / 0.03 + 0.01) * (0.5 + 0.5 * np.cos(np.pi * share))
            which = order.choice(ask.scenes, ask.batch_size, replace=False)
            contrast, dense = losses(model, heads, tokenizer, data, which, int(order.integers(2**31)))
            optimizer.zero_grad(set_to_none=True)
            (contrast + dense).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            share = (time.monotonic() - start) / (60 * ask.minutes)
            bar.n = min(bar.total, round(60 * ask.minutes * share))
            bar.set_postfix(contrast=f"{contrast.item():.3f}", dense=f"{dense.item():.3f}")
    save(model, tokenizer, ask.out)
    print(f"storybook-clip: right caption among 500 held-out ones for {retrieval(model, tokenizer):.1%} of the pictures")


def make_model() -> tf.CLIPModel:
    """The shape: 128 px, patches of 16, 5 blocks 128 wide; text 3 blocks 96 wide; embeddings 96 wide."""
    vision = {"hidden_size": WIDTH, "num_hidden_layers": 5, "num_attention_heads": 4, "intermediate_size": 512}
    text = {"hidden_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 384}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 3}
    words = {"vocab_size": len(SPECIAL) + len(vocabulary()), "max_position_embeddings": LONGEST}
    return tf.CLIPModel(
        tf.CLIPConfig(
            vision_config=vision | {"image_size": SIDE, "patch_size": PATCH, "hidden_act": "gelu"},
            text_config=text | special | words | {"hidden_act": "gelu"},
            projection_dim=96,
        )
    )


def make_tokenizer() -> tf.PreTrainedTokenizerFast:
    """One token a word, over Storybook's closed vocabulary."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    ids = {word: number for number, word in enumerate((*SPECIAL, *vocabulary()))}
    words = Tokenizer(models.WordLevel(ids, unk_token="[unk]"))
    words.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
    words.post_processor = processors.TemplateProcessing(single="[bos] $A [eos]", special_tokens=[("[bos]", 1), ("[eos]", 3)])
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="[pad]",
        bos_token="[bos]",
        unk_token="[unk]",
        eos_token="[eos]",
        model_max_length=LONGEST,
    )


def losses(
    model: tf.CLIPModel, heads: nn.ModuleList, tokenizer: tf.PreTrainedTokenizerFast, data: Rendered, which: np.ndarray, seed: int
) -> tuple[Tensor, Tensor]:
    """CLIP's loss, and that of the heads, on one batch; captions are drawn anew by `seed`."""
    texts = [caption(sample_scene(int(number)), seed) for number in which]
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(
            **tokenizer(texts, padding=True, return_tensors="pt"), pixel_values=pixels(data.images[which]), return_loss=True
        )
        patches_bpd = outputs.vision_model_output.last_hidden_state[:, 1:]
        guesses = [head(patches_bpd).float().flatten(0, 1) for head in heads]
    truths = [torch.from_numpy(labels[which].astype(np.int64)).flatten() for labels in (data.kinds, data.colours)]
    dense = sum((F.cross_entropy(guess, truth) for guess, truth in zip(guesses, truths, strict=True)), torch.zeros(()))
    return outputs.loss.float(), dense


def pixels(images: np.ndarray) -> Tensor:
    """uint8 pictures, normalised as the saved processor does it."""
    scaled = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (scaled - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]


@torch.inference_mode()
def retrieval(model: tf.CLIPModel, tokenizer: tf.PreTrainedTokenizerFast, count: int = 500) -> float:
    """Share of held-out pictures whose own caption is the most similar of `count`."""
    model.eval()
    data = render_seeds(range(count), "heldout")
    texts = [caption(sample_scene(seed, "heldout"), seed) for seed in range(count)]
    outputs = model(**tokenizer(texts, padding=True, return_tensors="pt"), pixel_values=pixels(data.images))
    return float((outputs.logits_per_image.argmax(1) == torch.arange(count)).float().mean())


def save(model: tf.CLIPModel, tokenizer: tf.PreTrainedTokenizerFast, out: Path) -> None:
    """Write model, image processor and tokenizer as the Hub's models have them."""
    model.eval().save_pretrained(out)
    tokenizer.save_pretrained(out)
    size = {"height": SIDE, "width": SIDE}
    tf.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size, image_mean=MEAN, image_std=STD).save_pretrained(out)


if __name__ == "__main__":
    run(tyro.cli(Clip))
