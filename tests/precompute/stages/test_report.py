"""The stage `report`, as the command line runs it."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import MANIFEST
from explorer.operations.report.left import STEERING
from explorer.operations.report.tables import TITLES
from precompute.__main__ import main
from precompute.evaluate.hierarchy import depths
from precompute.storybook.evaluate.kind_tree import kind_tree, kinds_shown
from tests.making import Making, change_manifest, make_atlas
from tests.precompute.making import BUILT_IN

pytestmark = pytest.mark.slow

OF_ATLASES = ("summary", "seeds", "curves", "levels", "uniqueness", "alike", "above_baseline")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two synthetic atlases, with an E in common and others of their own."""
    root = tmp_path_factory.mktemp("world")
    make_atlas(root / "atlases")
    make_atlas(root / "atlases", Making(name="more", neurons=32, grid=None, similarities=("clip-drawn", "third")))
    return root


def report(world, *more, out="report", expect=0):
    assert main(["report", str(world / "atlases"), "--out", str(world / out), *more]) == expect
    return world / out


def read(out, name):
    """The CSV file, which is to hold what the Parquet file does."""
    parquet = pd.read_parquet(out / f"{name}.parquet")
    csv = pd.read_csv(out / f"{name}.csv")
    same = {"check_dtype": False, "check_exact": True}
    if len(parquet):
        assert_frame_equal(csv, parquet.replace({None: np.nan}), **same)
    else:
        assert list(csv) == list(parquet)
    return parquet


def test_every_table_is_written_twice_alike(world, capsys):
    out = report(world)
    tables = {f"{name}.{kind}" for name in OF_ATLASES for kind in ("csv", "parquet")}
    assert {path.name for path in out.iterdir()} == {*tables, "sources.json"}
    tables = {name: read(out, name) for name in OF_ATLASES}
    assert tables["summary"]["atlas"].tolist() == ["drawings", "drawings", "more", "more"]
    assert tables["summary"]["similarity"].tolist() == ["dinov2-drawn", "clip-drawn", "clip-drawn", "third"]
    assert len(tables["curves"]) == 2 * (64 - 5) + 2 * (32 - 5)
    assert len(tables["levels"]) == 2 * 4 + 2 * 4
    assert tables["uniqueness"]["pairs"].tolist() == [59 * 58 // 2, 27 * 26 // 2]
    assert tables["above_baseline"].empty
    said = capsys.readouterr().out
    for name in ("summary", "levels", "uniqueness"):
        assert TITLES[name] in said
    for name in ("curves", "above_baseline"):
        assert TITLES[name] not in said
    assert "report: 2 atlases, 7 tables" in said


def test_numbers_in_the_terminal(world, capsys):
    report(world)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("drawings") and "1,711" in line]
    whole = pd.read_parquet(world / "report" / "uniqueness.parquet").iloc[0]
    assert row.split() == ["drawings", "1,711", f"{whole['overlapping']:,}", str(whole["alike"])]


def test_seeds_are_shown_with_their_spread(tmp_path, capsys):
    for seed in range(3):
        make_atlas(tmp_path / "atlases", Making(name=f"seed{seed}", seed=seed, floor=0.25))
    table = read(report(tmp_path), "seeds")
    said = capsys.readouterr().out
    assert TITLES["seeds"] in said
    for row in table.to_dict("records"):
        assert f"{row['mean_ms']:.2f} ± {row['mean_ms_std']:.2f}" in said
    summary = next(line for line in said.splitlines() if line.startswith("seed2"))
    assert summary.split()[:6] == ["seed2", "2:patches", "matryoshka", "4.00", "20", "2"]


def test_levels_with_a_tree_and_other_labels(world):
    atlas = Atlas(world / "atlases" / "drawings")
    keys = {atlas.images.about(image).key for image in atlas.images} | {f"{number:04d}.png" for number in range(96)}
    (world / "tree.csv").write_text("child,parent\nthing,\nshape,thing\nround,shape\n")
    (world / "labels.csv").write_text("file,label\n" + "".join(f"{key},round\n" for key in sorted(keys)))
    out = report(world, "--tree", str(world / "tree.csv"), "--labels", str(world / "labels.csv"))
    assert set(read(out, "levels")["lca_depth"]) == {2.0}


def test_a_table_of_an_earlier_report_does_not_stay(world):
    out = report(world, out="again")
    (out / "truth.csv").write_text("old\n")
    (out / "notes.txt").write_text("mine\n")
    report(world, out="again")
    assert not (out / "truth.csv").exists()
    assert (out / "notes.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere: no atlas is there"),
        ([], "needs at least one atlas"),
        (["atlases", "--out", "atlases"], "not a report is there"),
        (["atlases", "--out", "atlases/drawings/manifest.json"], "not a report is there"),
        (["atlases", "--tree", "nowhere.csv"], "--tree nowhere.csv: cannot be read"),
        (["atlases", "--labels", "tree.csv"], "add --tree"),
        (["atlases", "--tree", "bare.csv"], "lacks labels of drawings's images: amber disc"),
        (["atlases", "--tree", "storybook"], "images that are not Storybook's"),
        (["atlases", "--truth"], "none of these atlases shows Storybook's scenes"),
        (["atlases", "--truth", "--scenes", "99"], "--scenes 99: must be at least 100"),
        (["atlases", "--workers", "0"], "--workers 0: must be at least 1"),
        (["damaged/a"], "build it again"),
        (["twice/a", "twice/b"], "is taken by"),
    ],
)
def test_what_cannot_be_is_refused(world, arguments, said, capsys, monkeypatch):
    monkeypatch.chdir(world)
    (world / "bare.csv").write_text("child,parent\neverything,\n")
    for name in ("damaged/a", "twice/a", "twice/b"):
        if not (world / name).exists():
            make_atlas(world / name, Making(neurons=16, grid=None))
    (world / "damaged" / "a" / "drawings" / MANIFEST).write_text("{}")
    assert main(["report", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1
    assert not (world / "work" / "report").exists()


def test_what_an_atlas_says_does_not_command_the_terminal(tmp_path, capsys):
    directory = make_atlas(tmp_path / "atlases", Making(neurons=16, grid=None))
    change_manifest(directory, lambda content: content["tap"].update(name="\x1b[2J[red]tap[/red]"))
    report(tmp_path)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "[red]tap[/red]" in said


def test_truth_of_the_built_in_atlases(tmp_path, capsys):
    names = ("storybook", "storybook-patches")
    arguments = [str(BUILT_IN / name) for name in names]
    arguments += ["--truth", "--scenes", "1000", "--tree", "storybook", "--out", str(tmp_path / "report")]
    assert main(["report", *arguments]) == 0
    tables = {name: read(tmp_path / "report", name) for name in TITLES if name not in ("published", *STEERING)}
    similarities = {name: Atlas(BUILT_IN / name).similarities for name in names}
    assert tables["truth"].groupby("atlas", sort=False).size().to_dict() == dict.fromkeys(names, 1024)
    assert set(zip(tables["truth_ms"]["atlas"], tables["truth_ms"]["similarity"], strict=True)) == {
        (name, e) for name in names for e in similarities[name]
    }
    for row in tables["truth_ms"].itertuples():
        column = {"any": "focus", "kind": "focus_on_kind"}[row.focus_on]
        by_hand = rank_correlation(tables["truth"], Atlas(BUILT_IN / row.atlas), row.similarity, column)
        assert row.spearman == pytest.approx(by_hand)
        assert row.low < row.spearman < row.high
    whole = tables["truth_summary"].set_index("atlas")
    for name in names:
        judged = tables["truth"].loc[(tables["truth"]["atlas"] == name) & (tables["truth"]["fires"] >= 16)]
        assert whole.loc[name, "judged"] == len(judged) > 10
        assert whole.loc[name, "matching"] == (judged["match"] >= 0.5).sum() > 0
        assert whole.loc[name, "focused"] == (judged["focus"] >= 0.8).sum() > 0
        assert whole.loc[name, "mean_focus"] == pytest.approx(judged["focus"].mean())
    assert whole["mean_iou"].notna().tolist() == [False, True]
    for name in names:
        atlas, levels = Atlas(BUILT_IN / name), tables["levels"].set_index(["atlas", "similarity", "level"])
        depths_s, e = depths(atlas, kind_tree(), kinds_shown(atlas)), similarities[name][0]
        for level in range(4):
            living = (atlas.neurons["level"].to_numpy() == level) & np.isfinite(atlas.ms(e))
            assert levels.loc[(name, e, level), "lca_depth"] == pytest.approx(depths_s[living].mean())
    ceilings = tables["truth_ceilings"].set_index(["similarity", "family"])["ms"].to_dict()
    assert {e for e, _ in ceilings} == set(similarities["storybook"])
    assert ceilings["storybook-contrast", "group"] > 0.1 > ceilings["storybook-contrast", "weather"]  # of things more than skies
    assert abs(ceilings["ideal-from-truth", "random pairs"]) < 0.05
    said = capsys.readouterr().out
    assert all(TITLES[name] in said for name in ("truth_summary", "truth_coverage", "truth_ms", "truth_ceilings"))


def rank_correlation(truth, atlas, similarity, column):
    """Spearman of MS and focus over neurons that fire on 16 scenes and 16 images: Pearson of the ranks, by numpy alone."""
    rows = truth[truth["atlas"] == atlas.name].sort_values("neuron")
    ms, focus = atlas.ms(similarity), rows[column].to_numpy(float)
    fires_on = np.round(atlas.neurons["density"].to_numpy() * atlas.manifest.dataset.images)
    used = np.isfinite(focus) & (rows["fires"].to_numpy() >= 16) & (fires_on >= 16) & np.isfinite(ms)
    ranks = [
        (values[used] < values[used][:, None]).sum(1) + (values[used] == values[used][:, None]).sum(1) / 2
        for values in (ms, focus)
    ]
    return np.corrcoef(ranks)[0, 1]


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as left:
        main(["report", "--help"])
    assert left.value.code == 0
    assert "python -m precompute report atlases/photos" in " ".join(capsys.readouterr().out.split())
