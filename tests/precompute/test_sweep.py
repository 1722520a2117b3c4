"""Sweeps: which atlases a file asks for, what is wrong with a file, and a small sweep from pictures to its table."""

import json
from pathlib import Path

import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas as Built
from explorer.atlas.library import open_library
from explorer.errors import UserError
from precompute import sweep
from precompute.__main__ import main
from precompute.evaluate.sweep_table import sweep_table
from precompute.sweep_file import read_sweep
from tests.explorer.models.tiny import save_tiny
from tests.making import Making, make_atlas
from tests.precompute.making import draw_pictures


def written(folder: Path, text: str) -> Path:
    (folder / "sweep.toml").write_text(text, encoding="utf-8")
    return folder / "sweep.toml"


def asked(folder: Path, text: str) -> dict[str, object]:
    return {config.out.name: config for config in read_sweep(written(folder, f'images = "photos"\n{text}'), folder / "out")}


def test_every_combination_is_an_atlas_named_by_what_varies(tmp_path):
    found = asked(tmp_path, 'tap = "3:cls"\nsae = ["topk", "relu"]\nexpansion = [2, 0.5]\nl1 = 0.2')
    assert list(found) == ["topk-x2", "topk-x0.5", "relu-x2", "relu-x0.5"]
    assert [(c.sae, c.expansion, c.tap) for c in found.values()][1:3] == [("topk", 0.5, "3:cls"), ("relu", 2.0, "3:cls")]
    assert [c.l1 for c in found.values()] == [0.1, 0.1, 0.2, 0.2]  # of TopK it has no effect
    assert {c.out.parent for c in found.values()} == {tmp_path / "out"}


def test_options_without_effect_make_no_atlases(tmp_path):
    """The baseline has neither expansion, K, steps nor seed; of a random tap the seed says which tokens are read."""
    text = 'sae = ["none", "batchtopk"]\nexpansion = [1, 2]\nk = [4, 8]\nseed = [0, 1]\n'
    found = list(asked(tmp_path, f'{text}tap = ["2:cls", "2:random:3"]'))
    assert len(found) == 1 + 2 + 2 * 2 * 2 * 2
    assert found[:3] == ["none-2-cls", "none-seed0-2-random-3", "none-seed1-2-random-3"]
    assert len(asked(tmp_path, 'sae = "relu"\nk = [4, 8]')) == 1


def test_options_that_are_lists_are_swept_by_lists_of_lists(tmp_path):
    assert [c.similarity for c in asked(tmp_path, 'similarity = ["a", "b"]').values()] == [("a", "b")]
    found = asked(tmp_path, "fractions = [[0.5, 0.5], [0.25, 0.75]]")
    assert [c.fractions for c in found.values()] == [(0.5, 0.5), (0.25, 0.75)]
    assert list(found) == ["fractions0.5-0.5", "fractions0.25-0.75"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('images = "photos"\nexpnsion = [1, 2]', "there is no option expnsion; did you mean expansion?"),
        ('images = "photos"\nout = "here"', "there is no option out; atlases are named by what varies"),
        ('images = "photos"\nzzz = 1', "there is no option zzz; choose of images,"),
        ('images = "photos"\nk = []', r"k = \[\]: lists no value"),
        ('images = "photos"\nk = ["many"]', "k: Input should be a valid integer"),
        ('images = "photos"\nk = 2.5', "k: Input should be a valid integer"),
        ('images = "photos"\nsteps = {}', "steps: Input should be a valid integer"),
        ("k = 3", "names no images"),
        ("k = = 3", "cannot be read as TOML"),
        ('images = "photos"\nk = [' + ",".join(map(str, range(1, 1002))) + "]", "asks for 1,001 atlases, at most 1,000"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, text, told):
    with pytest.raises(UserError, match=told):
        read_sweep(written(tmp_path, text), tmp_path / "out")


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["sweep", str(tmp_path / "no.toml")]) == 2
    assert "no.toml: cannot be read as TOML" in capsys.readouterr().err


def test_the_paper_stands_beside_the_same_sae(tmp_path):
    """PAPER.md §3: BatchTopK ×4 at block 22 has a best MS of .80; over its layers .71, .86, .80, .83 and .78 a mean of .796."""
    wanted = {"kind": "batchtopk", "neurons": 32, "width": 8, "k": 20, "group_sizes": (32,), "seed": 0, "steps": 1}
    tables = []
    for tap in ("22:cls", "5:cls"):
        atlas = Built(make_atlas(tmp_path / tap[:2].strip(":"), Making(neurons=32, levels=1)))
        manifest = atlas.manifest
        info = manifest.sae.model_copy(update=wanted | {"group_sizes": (32,)})
        atlas.manifest = manifest.model_copy(update={"sae": info, "tap": manifest.tap.model_copy(update={"name": tap})})
        tables.append(sweep_table([atlas]).iloc[0])
    assert tables[0]["paper_best_ms"] == pytest.approx(0.80)
    assert tables[1]["paper_best_ms"] == pytest.approx((0.71 + 0.86 + 0.80 + 0.83 + 0.78) / 5)
    assert pd.isna(tables[0]["above_same_rank"])


@pytest.mark.slow
def test_a_sweep_from_pictures_to_its_table(tmp_path, capsys, monkeypatch):
    draw_pictures(tmp_path / "photos", each=20)
    save_tiny("clip", tmp_path / "clip")
    text = f"""images = "{tmp_path}/photos"
        encoder = "{tmp_path}/clip"
        tap = "1:cls"
        similarity = ["{tmp_path}/clip"]
        steps = 20
        workers = 0
        k = 2
        sae = ["none", "batchtopk", "topk"]
        mono = [0.0, 3e-4]"""
    out, file = tmp_path / "sweep", written(tmp_path, text)
    assert main(["sweep", str(file), "--out", str(out), "--dry-run"]) == 0
    assert "sweep: 5 atlases, 5 of them to build" in capsys.readouterr().out
    assert not out.exists()

    built = sweep.atlas.run

    def build_two(config):
        if config.out.name.startswith("topk"):
            raise KeyboardInterrupt
        built(config)

    monkeypatch.setattr(sweep.atlas, "run", build_two)
    assert main(["sweep", str(file), "--out", str(out)]) == 130
    monkeypatch.undo()
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/manifest.json")}
    assert len(before) == 3
    assert main(["sweep", str(file), "--out", str(out)]) == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before  # what was built stays as it was
    assert len(list((out / "work").glob("extract-*"))) == 2  # one of the tap, one by E, for all five

    table = pd.read_csv(out / "sweep.csv")
    assert list(table["atlas"]) == ["none", "batchtopk-mono0", "batchtopk-mono0.0003", "topk-mono0", "topk-mono0.0003"]
    assert table["mono"].fillna(0).tolist() == [0, 0, 3e-4, 0, 3e-4]
    assert table["above_same_rank"].notna().tolist() == [False, True, True, True, True]
    pd.testing.assert_frame_equal(pd.read_parquet(out / "sweep.parquet"), table, check_dtype=False)
    assert set(open_library([out]).atlases) == set(table["atlas"])

    file.write_text(text.replace("steps = 20", "steps = 21"), encoding="utf-8")
    assert main(["sweep", str(file), "--out", str(out)]) == 2
    assert "holds an atlas batchtopk-mono0 of other options" in capsys.readouterr().err
    (out / "sweep.json").write_text("{", encoding="utf-8")
    assert main(["sweep", str(file), "--out", str(out)]) == 2
    assert "sweep.json: is damaged" in capsys.readouterr().err


@pytest.mark.slow
def test_one_that_cannot_be_built_is_told_and_the_others_are(tmp_path, capsys, monkeypatch):
    draw_pictures(tmp_path / "photos", each=10)
    save_tiny("clip", tmp_path / "clip")
    file = written(
        tmp_path,
        f'images = "{tmp_path}/photos"\nencoder = "{tmp_path}/clip"\nsimilarity = ["{tmp_path}/clip"]\n'
        'tap = ["0:cls", "1:cls"]\nsae = "none"\nworkers = 0',
    )
    built = sweep.atlas.run

    def refuse_the_first(config):
        if config.tap == "0:cls":
            raise UserError("no room")
        built(config)

    monkeypatch.setattr(sweep.atlas, "run", refuse_the_first)
    assert main(["sweep", str(file), "--out", str(tmp_path / "out")]) == 2
    assert "1 of 2 atlases could not be built, the others are: 0-cls: no room" in capsys.readouterr().err
    assert list(pd.read_csv(tmp_path / "out" / "sweep.csv")["atlas"]) == ["1-cls"]
    assert json.loads((tmp_path / "out" / "sweep.json").read_text())
