"""LLaVA-NeXT, LLaVA-OneVision and LLaVA-Interleave: answers, steered answers and taps against transformers' own."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers as tf
from PIL import Image
from torch import Tensor
from torch.testing import assert_close
from transformers.quantizers.quantizers_utils import should_convert_module

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.errors import UserError, VisitorError
from explorer.models.memory import storage_bytes
from explorer.models.sae.files import read_sae
from explorer.models.steering.spec import SteeringSpec
from explorer.models.steering.steerer import load_steerer
from explorer.models.vlm.load import _KEPT, _why, load_vlm
from explorer.models.vlm.model import VisionLanguageModel
from explorer.models.vlm.sampling import Sampling
from tests.explorer.models.tiny_families import FAMILIES, save_tiny_family

PROMPT, SAMPLING = "describe the image.", Sampling(length=10)
SHAPES = [(40, 40), (90, 34), (30, 110), (200, 190), (120, 3)]  # width and height: each is cut into other tiles


@pytest.fixture(scope="module", params=FAMILIES)
def source(request, tmp_path_factory) -> Path:
    return save_tiny_family(request.param, tmp_path_factory.mktemp("families"))


@pytest.fixture(scope="module")
def vlm(source) -> VisionLanguageModel:
    return load_vlm(str(source))


@pytest.fixture(scope="module")
def whole(source):
    """The same model and processor, by transformers alone."""
    return tf.AutoModelForImageTextToText.from_pretrained(source), tf.AutoProcessor.from_pretrained(source)


def picture(shape: tuple[int, int]) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*shape[::-1], 3), dtype=np.uint8))


def official(whole, image: Image.Image) -> str:
    """The answer by transformers' own processor and `generate`."""
    model, processor = whole
    content = [{"type": "image", "image": image}, {"type": "text", "text": PROMPT}]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = processor(images=image, text=text, return_tensors="pt")
    tokens = model.generate(**inputs, do_sample=False, max_new_tokens=SAMPLING.length)[0, inputs["input_ids"].shape[1] :]
    return processor.tokenizer.decode(tokens, skip_special_tokens=True).strip()


def changed_at(whole, module: Callable, change: Callable[[Tensor], Tensor], image: Image.Image) -> str:
    """The same, while what goes into a module is changed: a hook on the model as transformers runs it."""
    handle = module(whole[0].model).register_forward_pre_hook(lambda _, args: (change(args[0]), *args[1:]))
    try:
        return official(whole, image)
    finally:
        handle.remove()


def answer(vlm: VisionLanguageModel, image: Image.Image, block: int, change: Callable[[Tensor], Tensor]) -> str:
    state = vlm.hidden_state(image, block)
    return list(vlm.generate(state._replace(patches_td=change(state.patches_td)), PROMPT, SAMPLING))[-1]


def push(vectors: Tensor) -> Tensor:
    """Some steering: it depends on each vector and turns it."""
    return 1.5 * vectors.flip(-1) + vectors.norm(dim=-1, keepdim=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_unsteered_it_answers_as_transformers_does(vlm, whole, shape):
    image = picture(shape)
    assert answer(vlm, image, vlm.tap.block, lambda same: same) == official(whole, image)


@pytest.mark.parametrize("shape", SHAPES)
def test_steered_it_answers_as_a_hook_before_the_projector_does(vlm, whole, shape):
    image = picture(shape)
    by_hook = changed_at(whole, lambda model: model.multi_modal_projector, push, image)
    assert answer(vlm, image, vlm.tap.block, push) == by_hook != official(whole, image)


def test_at_an_earlier_block_it_answers_as_a_hook_there_does(vlm, whole):
    """What block 1 reads is what block 0 gives; class tokens are left as they are."""
    image, classes = picture((90, 34)), vlm.encoder.prefix

    def push_patches(hidden: Tensor) -> Tensor:
        return torch.cat([hidden[:, :classes], push(hidden[:, classes:])], dim=1)

    by_hook = changed_at(whole, lambda model: model.vision_tower.encoder.layers[1], push_patches, image)
    assert answer(vlm, image, 0, push) == by_hook != official(whole, image)


def test_only_the_blocks_after_the_state_run_again(vlm):
    ran: list[int] = []
    handles = [b.register_forward_hook(lambda *_, at=at: ran.append(at)) for at, b in enumerate(vlm.encoder.blocks)]
    state = vlm.hidden_state(picture((40, 40)), 0)
    ran.clear()
    list(vlm.generate(state, PROMPT, SAMPLING))
    for handle in handles:
        handle.remove()
    assert ran == list(range(1, vlm.tap.block + 1))


def test_images_of_many_shapes_in_one_batch_answer_as_each_alone(vlm):
    """Prompts of different lengths are filled up; the filling is not read."""
    states = [vlm.hidden_state(picture(shape)) for shape in SHAPES]
    states = [state._replace(patches_td=scale * state.patches_td) for state, scale in zip(states, (1, 3, -2, 5, -4), strict=True)]
    alone = [list(vlm.generate(state, PROMPT, SAMPLING))[-1] for state in states]
    assert list(vlm.generate_batch(states, PROMPT, SAMPLING))[-1] == alone
    assert len(set(alone)) > 2


def test_the_first_patches_are_the_whole_image_as_an_encoder_sees_it(vlm):
    """So an atlas's activations are found there, whatever tiles follow; and the rest of the tower's output is not kept."""
    image = picture((64, 64))
    alone, state = vlm.encoder.read(vlm.encoder.prepare([image]), vlm.tap)[0], vlm.hidden_state(image)
    assert_close(state.patches_td[: len(alone)], alone)
    assert len(state.prefix_npd) > 1 or vlm.model.config.model_type == "llava"
    assert storage_bytes([state.patches_td, state.prefix_npd]) <= 4 * (state.patches_td.numel() + 2 * state.prefix_npd.numel())


def test_steering_a_neuron_is_what_the_sae_does_before_the_projector(world, tmp_path):
    """An atlas of a CLIP, and a LLaVA-NeXT around the same one: the neuron is set on every tile's patches."""
    atlas = Atlas(world.atlases / "patches")
    source, sae = save_tiny_family("next", tmp_path), read_sae(atlas.directory)
    steerer, neuron = load_steerer(atlas, str(source)), atlas.page(Query(sort="activation")).neurons[0]
    assert steerer.same_tower

    def clamp(vectors_nqd: Tensor) -> Tensor:
        z_ts = sae.encode(vectors_nqd.flatten(0, 1)).to_dense()
        z_ts[:, neuron] = 9.0
        return (z_ts @ sae.W_dec + sae.b_dec).view_as(vectors_nqd)

    whole = tf.AutoModelForImageTextToText.from_pretrained(source), tf.AutoProcessor.from_pretrained(source)
    for shape in SHAPES[:3]:
        image, spec = picture(shape), SteeringSpec(neuron, 9.0)
        steered = list(steerer.steered(str(shape), lambda image=image: image, PROMPT, SAMPLING, spec))[-1]
        assert steered == changed_at(whole, lambda model: model.multi_modal_projector, clamp, image) != official(whole, image)
    image, where = picture(SHAPES[1]), (5, 6)
    chosen = list(steerer.vlm.vision.tokens_at(where, (image.height, image.width)))
    assert len(chosen) > len(where)  # in the tiles, too

    def clamp_there(vectors_nqd: Tensor) -> Tensor:
        codes = sae.encode(vectors_nqd.flatten(0, 1))
        steered_td = sae.decode(codes)
        steered_td[chosen] = clamp(vectors_nqd).flatten(0, 1)[chosen]
        return steered_td.view_as(vectors_nqd)

    steered = list(steerer.steered("there", lambda: image, PROMPT, SAMPLING, SteeringSpec(neuron, 9.0, patches=where)))[-1]
    assert steered == changed_at(whole, lambda model: model.multi_modal_projector, clamp_there, image)
    assert steerer.moved("there", lambda: image, SteeringSpec(neuron, 9.0, patches=where)) == len(chosen)


def test_a_strip_of_pixels_is_answered(vlm):
    assert list(vlm.generate(vlm.hidden_state(picture((3000, 1))), PROMPT, SAMPLING))


@pytest.mark.parametrize("shape", SHAPES[:4])
@pytest.mark.parametrize("patch", [0, 6, 15])
def test_patches_of_the_whole_image_are_found_in_its_tiles(vlm, shape, patch):
    """Of a picture that is white in one sixteenth, the tokens that show white are those; edges, which are grey, are left out."""
    row, column = divmod(patch, 4)
    pixels = np.zeros((shape[1], shape[0], 3), np.uint8)
    rows, columns = (np.arange(length) * 4 // length for length in pixels.shape[:2])
    pixels[np.ix_(rows == row, columns == column)] = 255
    inputs, size = vlm.vision._tiles(Image.fromarray(pixels))
    brightness_ncyx = inputs["pixel_values"] - inputs["pixel_values"].min()
    middle_t = (brightness_ncyx.mean(1)[:, 3::8, 3::8] / brightness_ncyx.mean(1).max()).flatten()  # by each patch's middle
    found = torch.zeros(len(middle_t), dtype=torch.bool)
    found[list(vlm.vision.tokens_at([patch], size))] = True
    assert found[:16].nonzero().tolist() == [[patch]]
    clear_t = (middle_t - 0.5).abs() > 0.4
    assert (found == (middle_t > 0.5))[clear_t].all()
    assert clear_t.float().mean() > 0.8
    with pytest.raises(VisitorError, match="they are 0 to 15"):
        vlm.vision.tokens_at([16], size)


def test_other_precisions_by_name(source):
    vlm = load_vlm(str(source), "bfloat16")
    assert vlm.model.dtype == torch.bfloat16
    state = vlm.hidden_state(picture((90, 34)))
    assert state.patches_td.dtype == torch.float32
    assert list(vlm.generate(state, PROMPT, SAMPLING))


def test_quantising_leaves_all_but_the_language_model_as_it_is(whole):
    """By transformers' own rule for names; that bitsandbytes then does so needs a GPU."""
    linear = [name for name, module in whole[0].named_modules() if isinstance(module, torch.nn.Linear)]
    quantised = {name for name in linear if should_convert_module(name, _KEPT)}
    assert quantised == {name for name in linear if name.startswith("model.language_model.")}
    assert any(name.startswith("model.vision_tower.") for name in linear)


def test_a_model_too_large_for_the_memory_is_told():
    with pytest.raises(RuntimeError) as raised:
        torch.empty(10**14)
    assert _why("large", raised.value).startswith("does not fit the memory that is free; name a smaller model, or set")
    assert _why("large", torch.OutOfMemoryError("CUDA out of memory.")) == _why("large", raised.value)
    assert _why("none", OSError("no file")) == "neither a directory nor a model on the Hub (no file)"


def test_a_precision_that_cannot_be_is_told(source):
    with pytest.raises(UserError, match=r"'float8': no such precision; choose one of auto, float32"):
        load_vlm(str(source), "float8")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match=r"4bit: needs a CUDA GPU .* but there is no such GPU; set it to bfloat16"):
            load_vlm(str(source), "4bit")
