"""evaluate-steering on the built-in atlas and model, small: tables whole, nothing generated twice, and the Report's tables."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from explorer.atlas.atlas import Atlas
from explorer.operations.report.left import STEERING, STEERING_FOLDER, left_table
from explorer.operations.report.sources import atlas_hash
from explorer.ui.pages.report import words
from explorer.ui.pages.report.table import table
from precompute.__main__ import main
from precompute.evaluate.steering.answers import ARMS
from precompute.stages.evaluate_steering import PROMPTS, read_prompts
from precompute.storybook.instructions import FORMS

pytestmark = pytest.mark.slow
STORYBOOK = Path(__file__).resolve().parents[3] / "assets" / "storybook"
ATLAS = STORYBOOK / "atlases" / "storybook-patches"


def command(atlas, out, prompts, *more):
    small = ["--neurons", "2", "--pictures", "1", "--prompts", str(prompts), "--length", "24", "--out", str(out)]
    return main(["evaluate-steering", str(atlas), "--vlm", str(STORYBOOK / "models" / "storybook-llava"), *small, *more])


@pytest.fixture(scope="module")
def prompts(tmp_path_factory):
    path = tmp_path_factory.mktemp("prompts") / "prompts.txt"
    path.write_text("give me a title for a scientific article.\n\n")
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory, prompts):
    out = tmp_path_factory.mktemp("steering") / "steering"
    assert command(ATLAS, out, prompts) == 0
    return out


def test_every_table_is_there_in_both_forms(out):
    for name in STEERING:
        csv, parquet = pd.read_csv(out / f"{name}.csv"), pd.read_parquet(out / f"{name}.parquet")
        pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)
        assert set(csv["atlas"]) == {"storybook-patches"}
        assert set(csv["judge"]) == {"exact"}
        assert set(csv["hash"]) == {atlas_hash(Atlas(ATLAS))}
    main_rows = pd.read_csv(out / "steering.csv").query("chosen == 'steerability'")
    assert set(main_rows["arm"]) == set(ARMS)
    shares = main_rows[["concept", "kept", "both"]]
    values = shares.to_numpy()
    assert ((values >= 0) & (values <= 1)).all()
    assert (values[:, 2] <= values[:, :2].min(axis=1)).all()


def test_the_most_steerable_neurons_do_insert(out):
    rows = pd.read_csv(out / "steering.csv").query("chosen == 'steerability' and task == 'insertion'")
    best = {arm: shares.max() for arm, shares in rows.groupby("arm")["both"]}
    assert (best["sae"], best["random"]) == (1, 0)


def test_a_second_run_generates_nothing_and_gives_the_same(out, prompts):
    (kept,) = out.glob("answers-*.jsonl")
    before, tables = kept.read_bytes(), {name: (out / f"{name}.csv").read_bytes() for name in STEERING}
    lines = before.splitlines(keepends=True)
    kept.write_bytes(b"".join(lines[:-3]) + lines[-3][:10])  # as a kill leaves it
    assert command(ATLAS, out, prompts) == 0
    assert sorted(kept.read_bytes().splitlines()) == sorted(before.splitlines())
    assert {name: (out / f"{name}.csv").read_bytes() for name in STEERING} == tables


def test_the_report_shows_them_while_the_atlas_is_the_same(out, atlas, tmp_path):
    shutil.copytree(out, tmp_path / STEERING_FOLDER)
    here = Atlas(ATLAS)
    here.directory = tmp_path  # the tables of another directory, for the built-in atlas
    for name in STEERING:
        assert len(left_table([here], name)) == len(pd.read_csv(out / f"{name}.csv"))
    drawn = table([here], "steering", None)
    assert words.ARMS["random"] in drawn
    assert "the paper: CLIP-L, LLaVA-1.5-7b" in drawn
    assert "42 %" in drawn
    assert "33 %" in drawn
    assert "× 1.5" in table([here], "steering_curve", None)
    assert "steerability" in table([here], "steering_predictors", None)
    (tmp_path / STEERING_FOLDER / "sources.json").write_text('{"storybook-patches": "another"}')
    assert left_table([here], "steering").empty
    assert left_table([atlas], "steering").empty


def test_the_papers_ten_prompts_are_ones_that_storybook_knows():
    assert list(read_prompts(PROMPTS)) == [form.prompts[0] for form in FORMS.values()]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "has 0 prompts"),
        (b"\xff\xfe", "cannot be read as text"),
        (b"x" * 301, "of at most 300"),
        (b"sing.", "knows no form"),
    ],
)
def test_prompts_that_cannot_be_used(tmp_path, capsys, content, why):
    path = tmp_path / "prompts.txt"
    path.write_bytes(content)
    assert command(ATLAS, tmp_path / "out", path) == 2
    assert why in capsys.readouterr().err
    assert not list(tmp_path.glob("out/*.csv"))


def test_an_atlas_that_cannot_steer_is_refused(tmp_path, prompts, capsys):
    assert command(STORYBOOK / "atlases" / "storybook", tmp_path / "out", prompts) == 2
    assert "cannot steer" in capsys.readouterr().err
    assert command(ATLAS, tmp_path / "out", prompts, "--neurons", "1") == 2
    assert "--neurons 1: must be at least 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("judge", "why"),
    [("exactly", "neither exact, similarity nor an address"), ("http://127.0.0.1:9/v1", "needs --judge-model")],
)
def test_judges_that_cannot_be_used(tmp_path, prompts, capsys, judge, why):
    assert command(ATLAS, tmp_path / "out", prompts, "--judge", judge) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_one_word_answers_come_nearer_to_a_neurons_images(out):
    rows = pd.read_csv(out / "steering_similarity.csv").query("chosen == 'steerability'")
    near = {(row.on, row.times): float(row.similarity) for row in rows.itertuples()}  # type: ignore[arg-type]
    assert near["white", 1.0] > near["white", 0.0]
    assert near["images", 1.0] > near["images", 0.0]
    assert near["white", 1.0] > near["other neurons", 1.0]
