"""A tiny LLaVA with random weights around a tiny CLIP's vision tower, saved as its users save it. Its words mean nothing."""

from pathlib import Path

import torch
import transformers as tf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

import explorer.models  # noqa: F401  # makes torchvision importable, which LLaVA's processor needs

_SAID = "a the in on red blue green boat cat sun moon sand snow describe image write me poem love short . , ? !"
WORDS = _SAID.split()
MARKS = ("[pad]", "[bos]", "[unk]", "[eos]", "<image>", "[answer]")
TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}[answer]{% endif %}"
)


def save_tiny_llava(
    directory: Path, clip: Path, seed: int = 0, layer: int | list[int] = -2, dtype: torch.dtype = torch.float32
) -> Path:
    """Save one that reads hidden state `layer` of the CLIP model at `clip`; gives the directory."""
    torch.manual_seed(seed)
    tower = tf.CLIPModel.from_pretrained(clip).vision_model
    size = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 3, "vocab_size": len(MARKS) + len(WORDS)}
    text = tf.LlamaConfig(**size, **special, max_position_embeddings=128, initializer_range=0.6, tie_word_embeddings=False)
    config = tf.LlavaConfig(
        vision_config=tower.config, text_config=text, image_token_id=4, vision_feature_layer=layer, tie_word_embeddings=False
    )
    model = tf.LlavaForConditionalGeneration(config)
    model.model.vision_tower.load_state_dict(tower.state_dict())
    for weights in model.model.multi_modal_projector.parameters():
        torch.nn.init.normal_(weights, std=0.6)
    model.generation_config.update(eos_token_id=3, pad_token_id=0, bos_token_id=1)
    model.to(dtype).eval().save_pretrained(directory)
    _processor(clip).save_pretrained(directory)
    return directory


def _processor(clip: Path) -> tf.LlavaProcessor:
    return tf.LlavaProcessor(
        tf.CLIPImageProcessor.from_pretrained(clip),
        tiny_llava_tokenizer(),
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",
        chat_template=TEMPLATE,
    )


def tiny_llava_tokenizer() -> tf.PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate((*MARKS, *WORDS))}, unk_token="[unk]"))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="[bos] $A", special_tokens=[("[bos]", 1)])
    pad, bos, unk, eos, *more = MARKS
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token=pad,
        bos_token=bos,
        unk_token=unk,
        eos_token=eos,
        additional_special_tokens=more,
        padding_side="left",
    )
