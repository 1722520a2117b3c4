"""Storybook's tokenizers, one token a word over a closed vocabulary, and the chat template."""

import transformers as tf
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from precompute.storybook.vocabulary import vocabulary
from precompute.storybook.words import WORD

PAD, BOS, UNK, EOS, IMAGE, ANSWER = SPECIAL = ("[pad]", "[bos]", "[unk]", "[eos]", "<image>", "[answer]")
IDS = {word: number for number, word in enumerate((*SPECIAL, *vocabulary()))}
CAPTION_TOKENS = 40  # the longest the text tower reads
CHAT_TOKENS = 256

# Transformers' processors fill in the image, the prompt, and the token after which the model answers.
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{% for part in message['content'] if part['type'] == 'image' %}<image>{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}"
    "{% else %}[answer]"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}[eos]{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}[answer]{% endif %}"
)


def caption_tokenizer() -> tf.PreTrainedTokenizerFast:
    """For the text tower: the caption between [bos] and [eos]."""
    return _tokenizer(f"{BOS} $A {EOS}", CAPTION_TOKENS)


def chat_tokenizer() -> tf.PreTrainedTokenizerFast:
    """For the language model: [bos] first, padded on the left, ready to be continued."""
    return _tokenizer(f"{BOS} $A", CHAT_TOKENS, padding_side="left")


def _tokenizer(frame: str, longest: int, padding_side: str = "right") -> tf.PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel(IDS, unk_token=UNK))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
    words.post_processor = processors.TemplateProcessing(single=frame, special_tokens=[(name, IDS[name]) for name in (BOS, EOS)])
    words.decoder = decoders.Sequence(
        [decoders.WordPiece(cleanup=True), decoders.Fuse(), decoders.Replace(" :", ":"), decoders.Replace(Regex(" ?\n ?"), "\n")]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token=PAD,
        bos_token=BOS,
        unk_token=UNK,
        eos_token=EOS,
        additional_special_tokens=[IMAGE, ANSWER],
        model_max_length=longest,
        padding_side=padding_side,
    )
