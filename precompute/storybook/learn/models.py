"""The architectures of storybook-clip and storybook-llava, which share one vision tower, and how they are saved."""

from pathlib import Path
from typing import Any

import transformers as tf
from torch import nn

from precompute.storybook.images import PATCH
from precompute.storybook.learn.language import (
    BOS,
    CAPTION_TOKENS,
    CHAT_TEMPLATE,
    CHAT_TOKENS,
    EOS,
    IDS,
    IMAGE,
    PAD,
    caption_tokenizer,
    chat_tokenizer,
)
from precompute.storybook.scene import SIDE

MEAN, STD = (0.55, 0.5, 0.52), (0.27, 0.25, 0.27)  # of the rendered scenes, sRGB
READ = -2  # the hidden state that the projector reads, as in LLaVA-1.5
VISION: dict[str, Any] = {"hidden_size": 128, "num_hidden_layers": 5, "num_attention_heads": 4, "intermediate_size": 512}
TEXT: dict[str, Any] = {"hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 384}
LANGUAGE: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "intermediate_size": 352,
}
PROJECTION = 128  # width of storybook-clip's embeddings


class Models(nn.Module):
    """Both models; `llava`'s vision tower is `clip`'s, the same parameters."""

    def __init__(self) -> None:
        super().__init__()
        vision = VISION | {"image_size": SIDE, "patch_size": PATCH, "hidden_act": "gelu"}
        special: dict[str, Any] = {
            "pad_token_id": IDS[PAD],
            "bos_token_id": IDS[BOS],
            "eos_token_id": IDS[EOS],
            "vocab_size": len(IDS),
        }
        text = TEXT | special | {"max_position_embeddings": CAPTION_TOKENS, "hidden_act": "gelu"}
        language = LANGUAGE | special | {"max_position_embeddings": CHAT_TOKENS, "tie_word_embeddings": False}
        self.clip = tf.CLIPModel(tf.CLIPConfig(vision_config=vision, text_config=text, projection_dim=PROJECTION))
        self.llava = tf.LlavaForConditionalGeneration(
            tf.LlavaConfig(
                vision_config=tf.CLIPVisionConfig(**vision, projection_dim=PROJECTION),
                text_config=tf.LlamaConfig(**language),
                image_token_index=IDS[IMAGE],
                vision_feature_layer=READ,
                image_seq_length=(SIDE // PATCH) ** 2,
                tie_word_embeddings=False,
            )
        )
        self.llava.model.vision_tower = self.clip.vision_model
        for model in (self.clip, self.llava.model.language_model):
            model.set_attn_implementation("eager")  # on CPUs, the backward pass of the fused one takes twice as long

    def save(self, directory: Path) -> None:
        """Write `storybook-clip` and `storybook-llava` in the format of the Hub's models, ready for use."""
        self.eval()
        self.clip.save_pretrained(directory / "storybook-clip")
        caption_tokenizer().save_pretrained(directory / "storybook-clip")
        image_processor().save_pretrained(directory / "storybook-clip")
        self.llava.generation_config.update(eos_token_id=IDS[EOS], pad_token_id=IDS[PAD], bos_token_id=IDS[BOS])
        self.llava.save_pretrained(directory / "storybook-llava")
        chat_processor().save_pretrained(directory / "storybook-llava")


def image_processor() -> tf.CLIPImageProcessor:
    """Resizes the shorter side, crops the middle, normalises."""
    size = {"height": SIDE, "width": SIDE}
    return tf.CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=size, image_mean=MEAN, image_std=STD)


def chat_processor() -> tf.LlavaProcessor:
    """Processes images and chats together."""
    return tf.LlavaProcessor(
        image_processor(),
        chat_tokenizer(),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token=IMAGE,
        chat_template=CHAT_TEMPLATE,
    )
