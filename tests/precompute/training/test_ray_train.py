"""A real Ray cluster of this machine and two workers: the steps that they make are those of one process."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explorer.errors import UserError
from precompute.stage_record import begin
from precompute.stages import train
from precompute.stages.train import Train
from precompute.training import ray_train
from precompute.training.log import LOG
from precompute.training.trainer import Trainer
from tests.precompute.making import save_activations, sparse_mixtures

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the warnings are Ray's own

STEPS, CHECKPOINT, KILLED_AT = 300, 100, 150


def _curve(config):
    return pd.read_parquet(config.out / LOG)["reconstruction"].to_numpy()


def _here(config):
    """The loss curve of one process."""
    train.run(config)
    return _curve(config)


def test_two_workers_one_killed_learn_what_one_process_learns(ray_cluster, tmp_path, monkeypatch):
    """By TopK the steps are the same but for rounding; by BatchTopK, kept within slices, they differ less than those of seeds do.

    Noise: 1e-6 of the initial weights, ten times what rounding adds, moves no row of 300 steps by 1e-6 of itself; 1e-5 moves the
    last by up to 5e-2, since another neuron is kept somewhere and later ones depend on it. When the auxiliary loss's variance was
    that of a slice, rows moved by 1e-2 to 2e-2. A batch of 101 makes slices of unequal length.
    """
    acts, made = save_activations(tmp_path / "acts", sparse_mixtures(2000)[0][:, None]), tmp_path / "steps"
    topk = Train(acts, tmp_path / "topk", "topk", expansion=3, k=3, steps=STEPS, batch_size=101, seed=1, threads=1)
    matryoshka = replace(topk, sae="matryoshka", out=tmp_path / "matryoshka")
    seeds = np.array([_here(replace(matryoshka, seed=seed, out=tmp_path / f"seed{seed}")) for seed in (1, 2, 3)])
    step, fit = Trainer.step, train._fit

    def killed_once(trainer, number):
        if trainer.peers.rank == 1 and trainer.config.kind == "topk":
            with made.open("a") as file:
                file.write(f"{number}\n")
            if number == KILLED_AT and made.read_text().split().count(str(number)) == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        return step(trainer, number)

    def fit_both(config, peers):
        Trainer.step, train.CHECKPOINT_EVERY = killed_once, CHECKPOINT
        fit(config, peers)
        fit(matryoshka, peers)

    begin(matryoshka.out, "train", train.request(matryoshka))
    monkeypatch.setattr(train, "_fit", fit_both)
    train.run(replace(topk, engine="ray"))
    monkeypatch.setattr(train, "_fit", fit)
    assert [int(number) for number in made.read_text().split()] == [*range(KILLED_AT + 1), *range(CHECKPOINT, STEPS)]
    np.testing.assert_allclose(_curve(topk), _here(replace(topk, out=tmp_path / "here")), rtol=1e-3)
    apart, noise = np.abs(_curve(matryoshka) - seeds[0]).mean(), seeds.std(0, ddof=1).mean()
    assert 0 < apart < noise
    for out in (topk.out, matryoshka.out):
        assert list(pd.read_parquet(out / LOG)["step"]) == list(range(100, STEPS + 1, 100))
        assert json.loads((out / "stage.json").read_text())["result"]["workers"] == 2
        assert not (out / "ray").exists()


def test_what_a_worker_refuses_is_told(ray_cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_train, "FAILURES", 0)  # each death takes seconds

    def refuse(peers):
        raise UserError(f"step 7: refused by one of {peers.count}")

    with pytest.raises(UserError, match="step 7: refused by one of 2"):
        ray_train.train_on_ray(refuse, 2, 10, tmp_path)
    assert list(tmp_path.iterdir()) == []
