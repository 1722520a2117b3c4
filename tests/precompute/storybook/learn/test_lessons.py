"""What is taught is what is used: a packed row gives each text the loss it has alone, through transformers' own path."""

import pytest
import torch
from PIL import Image

from precompute.storybook.captions import caption
from precompute.storybook.draw.render import render
from precompute.storybook.images import render_seeds
from precompute.storybook.learn.language import IDS
from precompute.storybook.learn.lessons import FACTS, NOT_ASKED, lesson
from precompute.storybook.learn.losses import JointModel, pixels
from precompute.storybook.learn.models import Models, chat_processor
from precompute.storybook.sample import sample_scene
from precompute.storybook.truth import attributes

WORDS = {number: word for word, number in IDS.items()}


def _texts(told, row):
    """(prompt, answer) of each text of a row, read back from its numbers."""
    found = []
    for number in range(1, int(told.texts_bt[row].max()) + 1):
        at = (told.texts_bt[row] == number).nonzero().flatten()
        words, answers = told.words_bt[row, at].tolist(), told.answers_bt[row, at].tolist()
        prompt = [WORDS[w] for w in words[: words.index(IDS["[answer]"])]]
        found.append((" ".join(prompt), " ".join(WORDS[a] for a in answers if a not in (NOT_ASKED, IDS["[eos]"]))))
    return found


@pytest.mark.filterwarnings("ignore")
def test_packed_texts_have_the_loss_that_each_has_alone():
    torch.manual_seed(0)
    model, told, data = JointModel().eval(), lesson([3, 11], 7), render_seeds(range(3, 12), workers=1)
    images = torch.from_numpy(data.images[[0, 8]])
    with torch.inference_mode():
        packed = model(pixels(images), torch.from_numpy(data.patches[[0, 8]]), told).words
        alone = _alone(model.models, told, [3, 11])
    assert packed.item() == pytest.approx(alone, rel=1e-4)


def _alone(models: Models, told, seeds) -> float:
    """Loss text by text, as anybody would compute it with the saved model and processor; each text weighs √(its tokens)."""
    processor, losses, weights = chat_processor(), [], []
    for row, seed in enumerate(seeds):
        image = Image.fromarray(render(sample_scene(seed)).image)
        for prompt, answer in _texts(told, row):
            inputs = processor(text=f"<image>{prompt}[answer]{answer}[eos]", images=image, return_tensors="pt")
            logits = models.llava(**inputs).logits[0]
            start = inputs["input_ids"][0].tolist().index(IDS["[answer]"])
            right = inputs["input_ids"][0, start + 1 :]
            losses.append(torch.nn.functional.cross_entropy(logits[start:-1], right).item())
            weights.append(len(right) ** 0.5)
    return sum(loss * weight for loss, weight in zip(losses, weights, strict=True)) / sum(weights)


def test_a_token_sees_the_picture_and_its_own_text_up_to_itself():
    told = lesson([3, 11], 7)
    seen = told.seen()
    for row in range(2):
        texts = [-1] * 65 + told.texts_bt[row].tolist()
        for i in range(0, len(texts), 7):
            expected = [j <= i and (texts[j] == -1 or texts[j] == texts[i]) for j in range(len(texts))]
            assert seen[row, i].tolist() == expected


def test_facts_and_captions_are_the_scenes():
    told = lesson([0, 1, 2, 40], 5)
    names = list(FACTS)
    for row, seed in enumerate((0, 1, 2, 40)):
        scene = sample_scene(seed)
        said = {names[i] for i in told.facts_bf[row].nonzero().flatten().tolist()}
        assert attributes(scene) <= said
        counted = {kind: sum(t.kind == kind for t in scene.things) for kind in {t.kind for t in scene.things}}
        assert said - attributes(scene) == {f"{min(4, n)} {kind}" for kind, n in counted.items()}
        words = [WORDS[i] for i in told.captions_bl[row].tolist() if i > 3]
        assert " ".join(words) == " ".join(caption(scene, 5).replace(",", " ,").replace(".", " .").replace("!", " !").split())


def test_another_draw_says_other_things_and_the_same_draw_the_same():
    first, again, other = lesson([5, 6], 1), lesson([5, 6], 1), lesson([5, 6], 2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first.words_bt.shape != other.words_bt.shape or not torch.equal(first.words_bt, other.words_bt)
