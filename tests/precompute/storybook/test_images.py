import csv

import numpy as np
from PIL import Image

from precompute.storybook import images
from precompute.storybook.colours import COLOURS
from precompute.storybook.draw.render import render
from precompute.storybook.images import GRID, PATCH, Rendered, render_seeds, rendered_file, write_folder
from precompute.storybook.kinds import KINDS
from precompute.storybook.sample import sample_scene


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
            centres = sum(rows.start <= min(t.y, 127) < rows.stop and columns.start <= t.x < columns.stop for t in scene.things)
            kind, colour = (list(KINDS).index(thing.kind) + 1, list(COLOURS).index(thing.colour) + 1) if thing else (0, 0)
            assert found.patches[seed, patch].tolist() == [kind, colour, min(centres, 2)]
    assert found.patches[..., 2].sum() > 30


def test_rendered_files_are_the_same_and_are_rendered_once(tmp_path):
    first = rendered_file(tmp_path, range(3, 6), "heldout", workers=1)
    assert all(np.array_equal(a, b) for a, b in zip(first, render_seeds(range(3, 6), "heldout", workers=1), strict=True))
    (path,) = tmp_path.glob("heldout-3-6-*-images.npy")
    written = path.stat().st_mtime_ns
    again = rendered_file(tmp_path, range(3, 6), "heldout", workers=1)
    assert path.stat().st_mtime_ns == written
    look = path.name.split("-")[3]
    assert {p.name for p in tmp_path.iterdir()} == {f"heldout-3-6-{look}-{part}.npy" for part in Rendered._fields}
    assert np.array_equal(again.images, first.images)


def test_folders_are_the_scenes_with_their_settings(tmp_path):
    folder = write_folder(tmp_path / "scenes", range(5, 8), "heldout")
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == [sample_scene(seed, "heldout").setting for seed in range(5, 8)]
    assert np.array_equal(np.asarray(Image.open(folder / rows[1]["file"])), render(sample_scene(6, "heldout")).image)


def test_pictures_from_before_a_change_of_the_world_are_not_taken(tmp_path, monkeypatch):
    rendered_file(tmp_path, range(3), workers=1)
    (path,) = tmp_path.glob("*-images.npy")
    look = images._look(range(3), "train")
    assert look in path.name
    monkeypatch.setattr(images, "sample_scene", lambda seed, split: sample_scene(seed + 100, split))
    assert images._look(range(3), "train") != look
