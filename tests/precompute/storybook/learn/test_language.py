import pytest

from precompute.storybook.captions import caption
from precompute.storybook.instructions import FORMS, instructed
from precompute.storybook.learn.language import ANSWER, BOS, CAPTION_TOKENS, EOS, IMAGE, caption_tokenizer, chat_tokenizer
from precompute.storybook.learn.models import chat_processor
from precompute.storybook.sample import sample_scene
from precompute.storybook.words import tokens


def test_a_caption_stands_between_beginning_and_end():
    tokenizer = caption_tokenizer()
    text = "look, two red boats beside a cup!\nnothing."
    assert tokenizer.convert_ids_to_tokens(tokenizer(text)["input_ids"]) == [BOS, *tokens(text), EOS]
    assert tokenizer.convert_ids_to_tokens(tokenizer("A zyzzyva")["input_ids"]) == [BOS, "a", "[unk]", EOS]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_reads_back_the_same(form):
    tokenizer = chat_tokenizer()
    for seed in range(20):
        text = instructed(sample_scene(seed), form, seed).text
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_every_caption_fits_the_text_tower():
    assert max(len(tokens(caption(sample_scene(seed), seed))) for seed in range(2000)) + 2 <= CAPTION_TOKENS


def test_a_chat_is_the_picture_the_prompt_and_the_sign_to_answer():
    user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "what is this?"}]}
    reply = {"role": "assistant", "content": [{"type": "text", "text": "a cup"}]}
    processor = chat_processor()
    assert processor.apply_chat_template([user], add_generation_prompt=True) == f"{IMAGE}what is this?{ANSWER}"
    assert processor.apply_chat_template([user, reply]) == f"{IMAGE}what is this?{ANSWER}a cup{EOS}"
