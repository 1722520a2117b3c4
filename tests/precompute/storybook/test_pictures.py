import csv

import numpy as np
from PIL import Image

from explorer.models.encoders import load_encoder
from precompute.storybook import clip
from precompute.storybook.colours import COLOURS
from precompute.storybook.draw.render import render
from precompute.storybook.kinds import KINDS
from precompute.storybook.pictures import GRID, PATCH, render_seeds, write_folder
from precompute.storybook.sample import sample_scene
from precompute.storybook.words import tokens


def test_patch_labels_are_what_covers_the_patch():
    found = render_seeds(range(30), workers=1)
    for seed in range(30):
        scene = sample_scene(seed)
        drawn = render(scene)
        assert np.array_equal(found.images[seed], drawn.image)
        for patch in range(GRID * GRID):
            rows = slice(patch // GRID * PATCH, (patch // GRID + 1) * PATCH)
            columns = slice(patch % GRID * PATCH, (patch % GRID + 1) * PATCH)
            cover = [mask[rows, columns].mean() for mask in drawn.masks]
            thing = scene.things[int(np.argmax(cover))] if cover and max(cover) > 0.1 else None
            assert found.kinds[seed, patch] == (list(KINDS).index(thing.kind) + 1 if thing else 0)
            assert found.colours[seed, patch] == (list(COLOURS).index(thing.colour) + 1 if thing else 0)


def test_folders_are_the_scenes_with_their_settings(tmp_path):
    folder = write_folder(tmp_path / "scenes", range(5, 8), "heldout")
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == [sample_scene(seed, "heldout").setting for seed in range(5, 8)]
    assert np.array_equal(np.asarray(Image.open(folder / rows[1]["file"])), render(sample_scene(6, "heldout")).image)


def test_the_tokenizer_knows_every_word_and_where_it_ends():
    tokenizer = clip.make_tokenizer()
    text = "look, two red boats beside a cup!\nnothing."
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["[bos]", *tokens(text), "[eos]"]
    assert tokenizer("zyzzyva")["input_ids"] == [1, 2, 3]


def test_a_few_steps_make_a_model_that_loads_like_any_other(tmp_path):
    clip.run(clip.Clip(tmp_path / "clip", scenes=32, minutes=0.02, batch_size=8))
    encoder = load_encoder(str(tmp_path / "clip"), "cpu")
    picture = render(sample_scene(0)).image
    prepared = encoder.prepare([Image.fromarray(picture)])["pixel_values"]
    assert np.allclose(prepared.numpy(), clip.pixels(picture[None]).numpy(), atol=1e-5)  # trained on what it is used on
    assert (encoder.grid, encoder.prefix, len(encoder.blocks), encoder.crop) == ((8, 8), 1, 5, 1.0)
