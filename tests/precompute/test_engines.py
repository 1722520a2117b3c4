"""A real Ray cluster of this machine, two actors, one of them killed: what comes out is what one process makes."""

import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from safetensors.torch import load_file

from precompute import engines
from precompute.__main__ import main
from precompute.score import distributed
from precompute.stages import extract, score
from precompute.stages.extract import Extract
from precompute.stages.score import Score
from tests.explorer.models.tiny import save_tiny
from tests.precompute.making import draw_pictures

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the warnings are Ray's own


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Pictures in four shards, scored by one process."""
    root = tmp_path_factory.mktemp("engines")
    pictures, clip = draw_pictures(root / "pictures", each=1100), save_tiny("clip", root / "clip")
    common = {"images": str(pictures), "encoder": str(clip), "batch_size": 64, "workers": 0}
    extract.run(Extract(root / "acts", tap="1:cls", **common))
    extract.run(Extract(root / "e", **common))
    train = f"train --activations {root}/acts --sae batchtopk --expansion 2 --k 4 --steps 100 --out {root}/sae"
    assert main(train.split()) == 0
    score.run(Score(root / "acts", root / "scores", root / "sae", (root / "e",)))
    return root, common


def _workers(kind):
    """The processes of Ray's actors that hold our work: of the cluster that this process started, and no other's."""
    workers = []
    for process in psutil.Process().children(recursive=True):
        try:
            words = " ".join(process.cmdline())
        except psutil.Error:  # it ended meanwhile
            continue
        if words.startswith("ray::") and kind in words:
            workers.append(process.pid)
    return workers


def _kill_one_once(there, killed, kind="MapBatches"):
    """As soon as something is there, kill a worker, as a machine that fails would."""
    until = time.monotonic() + 100
    while time.monotonic() < until:
        if there() and (pids := _workers(kind)):
            os.kill(pids[0], signal.SIGKILL)
            killed.append(pids[0])
            return
        time.sleep(0.01)


def test_extract_on_ray_with_a_worker_killed_is_extract_here(world, ray_cluster, tmp_path):
    root, common = world
    out, killed = tmp_path / "acts", []
    watcher = threading.Thread(target=_kill_one_once, args=(lambda: any(out.glob("shard-*.safetensors")), killed))
    watcher.start()
    extract.run(Extract(out, tap="1:cls", engine="ray", **common))
    watcher.join()
    assert killed
    shards = sorted(path.name for path in (root / "acts").glob("shard-*"))
    assert len(shards) >= 8
    assert sorted(path.name for path in out.glob("shard-*")) == shards
    for name in shards:
        if name.endswith(".parquet"):
            pd.testing.assert_frame_equal(pd.read_parquet(out / name), pd.read_parquet(root / "acts" / name))
        else:
            here, there = (load_file(folder / name)["activations"] for folder in (root / "acts", out))
            torch.testing.assert_close(there, here, atol=1e-6, rtol=1e-5)


def test_score_on_ray_with_a_worker_killed_is_score_here(world, ray_cluster, tmp_path):
    root, _ = world
    out, killed = tmp_path / "scores", []
    watcher = threading.Thread(target=_kill_one_once, args=(lambda: True, killed))  # scoring takes less than a blink
    watcher.start()
    score.run(Score(root / "acts", out, root / "sae", (root / "e",), engine="ray"))
    watcher.join()
    assert killed
    assert not list(out.glob("part-*"))
    _assert_same_scores(out, root / "scores")


def _assert_same_scores(out, expected):
    tops, same = (pd.read_parquet(folder / "tops.parquet") for folder in (out, expected))
    pd.testing.assert_frame_equal(tops, same)  # bit for bit: kept by keys, not by sums
    neurons, same = (pd.read_parquet(folder / "neurons.parquet") for folder in (out, expected))
    assert list(neurons) == list(same)
    for name in neurons:
        if neurons[name].dtype == object:
            assert all(np.array_equal(a, b) for a, b in zip(neurons[name], same[name], strict=True)), name
        else:
            np.testing.assert_allclose(neurons[name].to_numpy(float), same[name].to_numpy(float), atol=1e-6, err_msg=name)
    concepts, same = (load_file(folder / "concepts.safetensors")["concepts"] for folder in (out, expected))
    torch.testing.assert_close(concepts, same, atol=1e-6, rtol=0)


def test_parts_without_ray_merged_in_any_grouping_are_the_whole(world, tmp_path):
    """The files alone: three parts, left to right and right to left, and a part found on disk is not made again."""
    root, _ = world
    config = Score(root / "acts", tmp_path, root / "sae", (root / "e",))
    job = distributed.Job(lambda: score.load_inputs(config), "max", tmp_path)
    work, three = distributed.PartScorer(job), distributed.cut(job.load().activations.shards, 3)
    assert sum(map(work, three)) == 3300
    stamp = job.file(three[1]).stat().st_mtime_ns
    assert work(three[1]) > 0
    assert job.file(three[1]).stat().st_mtime_ns == stamp
    results = []
    for grouping in ("left", "right"):
        a, b, c = map(job.file, three)
        whole = (
            distributed.merge(job, distributed.merge(job, a, b), c)
            if grouping == "left"
            else distributed.merge(job, a, distributed.merge(job, b, c))
        )
        scores = distributed.ScoringPass(job.load())
        distributed.restore(scores.accumulators(), whole)
        out = tmp_path / grouping
        out.mkdir()
        scores.write(out)
        _assert_same_scores(out, root / "scores")
        results.append(scores.metrics())
    assert results[0]["ms"]["clip"]["mean"] == pytest.approx(results[1]["ms"]["clip"]["mean"], abs=1e-7)


def test_without_ray_it_says_what_to_install(world, tmp_path, monkeypatch, capsys):
    import sys

    engines.connected.cache_clear()
    monkeypatch.setitem(sys.modules, "ray", None)
    root, _ = world
    command = f"score --activations {root}/acts --sae {root}/sae --similarity {root}/e --out {tmp_path}/s --engine ray"
    assert main(command.split()) == 2
    assert "requirements-ray.txt" in capsys.readouterr().err
    engines.connected.cache_clear()
