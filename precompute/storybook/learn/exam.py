"""Exams on held-out scenes: every one has a combination of kind, colour and setting that training never showed.

The models are loaded from their directories, as any user would, and answer greedily.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
import transformers as tf
from PIL import Image
from tqdm import tqdm

from precompute.storybook.captions import CAPTION_PROMPTS, caption
from precompute.storybook.draw.render import render
from precompute.storybook.forms import in_form
from precompute.storybook.instructions import FORMS, instructed, names_right_things
from precompute.storybook.meaning import meaning, parse
from precompute.storybook.questions import questions
from precompute.storybook.sample import sample_scene
from precompute.storybook.scene import Scene

SEEDS = range(5_000_000, 5_001_000)  # of the held-out scenes
BATCH = 64
LONGEST = 48  # tokens of an answer


class Marks(NamedTuple):
    """Shares of right answers, 0 to 1."""

    caption_exact: float  # things, colours, counts and setting are all right, and nothing is added
    qa_accuracy: float
    retrieval_r1: float  # the most similar of 1,000 captions is true of the image
    instructed_form: float  # a poem is a poem
    instructed_things: float  # it mentions things of the scene and no others


class Prompt(NamedTuple):
    """A prompt about a scene."""

    scene: Scene
    text: str


class Llava:
    """storybook-llava, or any of its format, answering in batches."""

    def __init__(self, directory: Path) -> None:
        self.model: Any = tf.LlavaForConditionalGeneration.from_pretrained(directory).eval()
        self.processor = tf.AutoProcessor.from_pretrained(directory)

    @torch.inference_mode()
    def answers(self, prompts: Sequence[Prompt]) -> Iterator[str]:
        """Yield the answer to each prompt, in order."""
        for at in tqdm(range(0, len(prompts), BATCH), unit="batch", desc="exam", dynamic_ncols=True):
            batch = prompts[at : at + BATCH]
            chats = [
                [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": prompt.text}]}] for prompt in batch
            ]
            texts = self.processor.apply_chat_template(chats, add_generation_prompt=True)
            images = [[image(prompt.scene)] for prompt in batch]
            inputs = self.processor(text=texts, images=images, padding=True, return_tensors="pt")
            tokens = self.model.generate(**inputs, max_new_tokens=LONGEST, do_sample=False)[:, inputs["input_ids"].shape[1] :]
            yield from self.processor.batch_decode(tokens, skip_special_tokens=True)


def examine(models: Path, seeds: range = SEEDS) -> Marks:
    """Examine `storybook-clip` and `storybook-llava` in a directory.

    Args:
        seeds: all for retrieval; every second one for captions, every fourth for questions and instructions.
    """
    scenes, llava = [sample_scene(seed, "heldout") for seed in seeds], Llava(models / "storybook-llava")
    return Marks(
        _captions(llava, scenes[::2]),
        _questions(llava, scenes[::4]),
        _retrieval(models / "storybook-clip", scenes),
        *_instructions(llava, scenes[::4]),
    )


def image(scene: Scene) -> Image.Image:
    return Image.fromarray(render(scene).image)


def _captions(llava: Llava, scenes: Sequence[Scene]) -> float:
    answers = llava.answers([Prompt(scene, CAPTION_PROMPTS[0]) for scene in scenes])
    return _share([parse(text) == meaning(scene) for text, scene in zip(answers, scenes, strict=True)])


def _questions(llava: Llava, scenes: Sequence[Scene]) -> float:
    tasks = [(scene, question) for scene in scenes for question in questions(scene, scene.seed)]
    answers = llava.answers([Prompt(scene, question.text) for scene, question in tasks])
    return _share([question.accepts(text) for text, (_, question) in zip(answers, tasks, strict=True)])


def _instructions(llava: Llava, scenes: Sequence[Scene]) -> tuple[float, float]:
    forms = list(FORMS)
    tasks = [(scene, instructed(scene, form, scene.seed)) for i, scene in enumerate(scenes) for form in (forms[i % len(forms)],)]
    answers = list(llava.answers([Prompt(scene, task.prompt) for scene, task in tasks]))
    form = [in_form(task.form, text) for text, (_, task) in zip(answers, tasks, strict=True)]
    return _share(form), _share([names_right_things(text, scene) for text, (scene, _) in zip(answers, tasks, strict=True)])


@torch.inference_mode()
def _retrieval(directory: Path, scenes: Sequence[Scene]) -> float:
    model: Any = tf.CLIPModel.from_pretrained(directory).eval()
    processor = tf.AutoImageProcessor.from_pretrained(directory)
    tokenizer = tf.AutoTokenizer.from_pretrained(directory)
    captions = [caption(scene, scene.seed) for scene in scenes]
    texts_ne = model.get_text_features(**tokenizer(captions, padding=True, return_tensors="pt")).pooler_output
    images = [
        model.get_image_features(**processor([image(scene) for scene in scenes[at : at + BATCH]], return_tensors="pt"))
        for at in range(0, len(scenes), BATCH)
    ]
    images_ne = torch.cat([output.pooler_output for output in images])
    best = (F.normalize(images_ne, dim=1) @ F.normalize(texts_ne, dim=1).T).argmax(1).tolist()
    return _share([meaning(scenes[at]) == meaning(scene) for at, scene in zip(best, scenes, strict=True)])


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)
