import os
import re
import signal
import sys

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch.nn.functional import normalize
from torch.testing import assert_close

from explorer.errors import UserError
from explorer.models.sae import sae_config
from explorer.models.sae.files import read_sae
from precompute.activations import Activations
from precompute.stage_record import finished
from precompute.stages import train
from precompute.stages.train import Train
from precompute.training import checkpoint
from precompute.training.loader import Batches, mean_norm
from precompute.training.threads import fastest, threads
from precompute.training.trainer import Plan, Trainer, geometric_median
from tests.precompute.making import save_activations, sparse_mixtures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mixtures(tmp_path_factory):
    vectors, directions = sparse_mixtures(4000)
    return save_activations(tmp_path_factory.mktemp("acts") / "a", 7.0 * vectors[:, None] + 3.0, shard=1500), directions


def explained(vectors: torch.Tensor, reconstruction: torch.Tensor) -> float:
    return float(1 - (vectors - reconstruction).square().sum() / (vectors - vectors.mean(0)).square().sum())


def test_batchtopk_finds_the_directions_that_made_the_data(mixtures, tmp_path):
    activations, directions = mixtures
    train.run(Train(activations, tmp_path / "sae", "batchtopk", expansion=3, k=3, steps=1500, batch_size=400))
    sae = read_sae(tmp_path / "sae")
    assert ((normalize(directions, dim=1) @ sae.W_dec.T).amax(1) > 0.9).float().mean() > 0.9
    vectors = Activations(activations).vectors(torch.arange(4000))
    codes = sae.encode(vectors)
    assert explained(vectors, sae.decode(codes)) > 0.8
    assert 1.5 < len(codes.values) / 4000 < 4.5  # the learnt threshold keeps about k
    assert_close(sae.W_dec.norm(dim=1), torch.ones(48))


def test_matryoshka_prefixes_explain_more_and_more(mixtures, tmp_path):
    train.run(Train(mixtures[0], tmp_path / "sae", "matryoshka", expansion=3, k=3, steps=1500, batch_size=400))
    sae = read_sae(tmp_path / "sae")
    vectors = Activations(mixtures[0]).vectors(torch.arange(4000))
    shares = [explained(vectors, prefix) for prefix in sae.decode_prefixes(sae.encode(vectors))]
    assert shares == sorted(shares)
    assert shares[0] > 0.1  # three neurons of 48 already tell something
    assert shares[-1] > 0.7


def test_a_killed_run_goes_on_to_the_same_sae(mixtures, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "CHECKPOINT_EVERY", 40)
    config = Train(mixtures[0], tmp_path / "whole", steps=120, batch_size=300, k=3, threads=1)
    train.run(config)
    whole = read_sae(tmp_path / "whole")

    def killed(*arguments):
        checkpoint.store(*arguments)
        if arguments[2] == 80:
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "store", killed)
    again = Train(mixtures[0], tmp_path / "killed", steps=120, batch_size=300, k=3, threads=1)
    with pytest.raises(KeyboardInterrupt):
        train.run(again)
    monkeypatch.setattr(train, "store", checkpoint.store)
    train.run(again)
    resumed = read_sae(tmp_path / "killed")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    assert not (tmp_path / "killed" / checkpoint.CHECKPOINT).exists()


def test_a_signal_to_end_keeps_the_step_and_the_run_goes_on_to_the_same_sae(mixtures, tmp_path, monkeypatch):
    """Neither 157 nor 157 ± 1 is a step at which a checkpoint or a row of the log is due."""
    config = Train(mixtures[0], tmp_path / "whole", steps=250, batch_size=300, k=3, threads=1)
    train.run(config)
    step = Trainer.step

    def and_a_signal(self, number):
        if number == 156:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(self, number)

    monkeypatch.setattr(Trainer, "step", and_a_signal)
    again = Train(mixtures[0], tmp_path / "ended", steps=250, batch_size=300, k=3, threads=1)
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        train.run(again)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert load_file(tmp_path / "ended" / checkpoint.CHECKPOINT)["step"] == 157
    monkeypatch.setattr(Trainer, "step", step)
    train.run(again)
    whole, resumed = read_sae(tmp_path / "whole").state_dict(), read_sae(tmp_path / "ended").state_dict()
    assert all(torch.equal(tensor, resumed[name]) for name, tensor in whole.items())
    logs = [pd.read_parquet(tmp_path / name / "log.parquet").drop(columns="seconds") for name in ("whole", "ended")]
    assert logs[0]["step"].tolist() == [100, 200]
    pd.testing.assert_frame_equal(*logs)


def test_the_log_tells_what_the_batch_did(mixtures, tmp_path):
    train.run(Train(mixtures[0], tmp_path / "sae", "topk", steps=200, batch_size=300, k=3, threads=1))
    log = pd.read_parquet(tmp_path / "sae" / "log.parquet")
    assert log["l0"].tolist() == [3.0, 3.0]  # TopK keeps three of each vector
    r2, seconds = log["r2"].tolist(), log["seconds"].tolist()
    assert 0 < r2[0] < r2[1] < 1
    assert min(seconds) > 0


def test_tensorboard_shows_the_log(mixtures, tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="pip install tensorboard")
    train.run(Train(mixtures[0], tmp_path / "sae", steps=200, batch_size=300, k=3, threads=1, tensorboard=True))
    log, shown = (
        pd.read_parquet(tmp_path / "sae" / "log.parquet"),
        events.EventAccumulator(str(tmp_path / "sae" / "tensorboard")).Reload(),
    )
    for name in set(log) - {"step"}:
        scalars = shown.Scalars(f"train/{name}")
        assert [scalar.step for scalar in scalars] == [100, 200]
        assert [scalar.value for scalar in scalars] == pytest.approx(log[name].tolist())


def test_without_tensorboard_it_says_what_to_install_and_begins_nothing(mixtures, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    with pytest.raises(UserError, match="pip install tensorboard"):
        train.run(Train(mixtures[0], tmp_path / "sae", steps=200, tensorboard=True))
    assert not (tmp_path / "sae").exists()


@pytest.mark.parametrize(("kind", "options"), [("topk", {}), ("relu", {"l1": 0.2}), ("matryoshka", {"fractions": (0.5, 0.5)})])
def test_every_kind_is_trained_and_read_again(kind, options, mixtures, tmp_path):
    train.run(Train(mixtures[0], tmp_path / "sae", kind, expansion=2, steps=60, batch_size=300, k=3, threads=1, **options))
    sae = read_sae(tmp_path / "sae")
    codes = sae.encode(Activations(mixtures[0]).vectors(torch.arange(500)))
    assert sae.config.group_sizes == ((16, 16) if kind == "matryoshka" else (32,))
    if kind == "topk":
        assert (codes.starts.diff() == 3).all()
    if kind == "relu":
        assert sae.config.k == pytest.approx(len(codes.values) / 500, abs=1)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_checkpoint(mixtures, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "CHECKPOINT_EVERY", 20)
    good = Trainer._batch
    monkeypatch.setattr(Trainer, "_batch", lambda self, step: good(self, step) * (float("inf") if step == 45 else 1))
    with pytest.raises(UserError, match="step 46: the loss is no longer a number"):
        train.run(Train(mixtures[0], tmp_path / "sae", steps=60, batch_size=300, k=3, threads=1))
    kept = load_file(tmp_path / "sae" / checkpoint.CHECKPOINT)
    assert kept["step"] == 40
    assert all(tensor.isfinite().all() for tensor in kept.values())
    assert not (tmp_path / "sae" / "sae.safetensors").exists()


def test_a_resumed_run_keeps_its_number_of_threads(mixtures, tmp_path, monkeypatch, capsys):
    """Three is a number that measuring would not choose on its own."""
    monkeypatch.setattr(train, "CHECKPOINT_EVERY", 10)

    def killed(*arguments):
        checkpoint.store(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "store", killed)
    with pytest.raises(KeyboardInterrupt):
        train.run(Train(mixtures[0], tmp_path / "sae", steps=30, k=3, threads=3))
    monkeypatch.setattr(train, "store", checkpoint.store)
    before = torch.get_num_threads()
    train.run(Train(mixtures[0], tmp_path / "sae", steps=30, k=3))
    assert finished(tmp_path / "sae", "train")["result"]["threads"] == 3
    assert torch.get_num_threads() == before
    assert "threads:" not in capsys.readouterr().out


def test_threads_are_measured_and_told(mixtures, tmp_path, capsys):
    with threads(2):
        train.run(Train(mixtures[0], tmp_path / "sae", steps=5, k=3))
    chosen = finished(tmp_path / "sae", "train")["result"]["threads"]
    assert chosen in (1, 2)
    assert re.search(rf"train: threads: {chosen}; a step takes [\d,]+ ms with 1, [\d,]+ ms with 2\n", capsys.readouterr().out)


def test_measuring_teaches_nothing(mixtures):
    def trainer():
        plan = Plan.of(4000, batch_size=500, steps=20, seed=0)
        acts = Activations(mixtures[0])
        batches = Batches(acts, plan.batch, seed=0)
        return Trainer(sae_config("batchtopk", 16, 2, 2), plan, batches, mean_norm(acts), torch.device("cpu"))

    measured, plain = trainer(), trainer()
    with threads(2):
        assert sorted(fastest(measured).seconds) == [1, 2]
        assert torch.get_num_threads() == 2
    with threads(1):
        for step in range(3):
            measured.step(step)
            plain.step(step)
    for name, tensor in plain.finished().state_dict().items():
        assert torch.equal(tensor, measured.finished().state_dict()[name]), name
    assert torch.equal(measured.silent, plain.silent)


def test_steps_are_adams_with_gradients_clipped_at_norm_1():
    """Beside PyTorch's own clipping and its plain Adam, for gradients far above the bound and below it."""
    draw = torch.Generator().manual_seed(3)
    draws = [size * torch.randn(40, 8, generator=draw) for size in (9.0, 9.0, 0.05)]
    plan = Plan(steps=3, batch=40, warm_up=1, dead_after=10**9, seed=0)
    trainer = Trainer(sae_config("batchtopk", 8, 2, 3), plan, lambda step: draws[step], 1.0, torch.device("cpu"))
    draws[2] += trainer.weights.b_dec_d  # where little is left to explain
    leaves = [weight.clone().requires_grad_() for weight in trainer.weights]
    adam = torch.optim.Adam(leaves, lr=trainer.rate, foreach=False)
    for step, v_bd in enumerate(draws):
        for leaf, gradient in zip(leaves, trainer.objective(trainer.weights, v_bd, trainer.dead).gradients, strict=True):
            leaf.grad = gradient
        assert (float(torch.nn.utils.clip_grad_norm_(leaves, 1.0)) > 1) == (step < 2)
        adam.step()
        leaves[2].data = normalize(leaves[2].data, dim=1)
        trainer.step(step)
        for weight, leaf in zip(trainer.weights, leaves, strict=True):
            assert_close(weight, leaf.detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("slow", "chosen"), [(1, 2), (2, 1)])
def test_the_faster_number_of_threads_is_taken(slow, chosen, monkeypatch):
    """By a clock that the work itself moves on."""
    clock = [0.0]
    monkeypatch.setattr("precompute.training.threads.perf_counter", lambda: clock[0])

    class Busy:
        def rehearse(self):
            clock[0] += 0.03 if torch.get_num_threads() == slow else 0.001

    with threads(2):
        found = fastest(Busy())  # type: ignore[arg-type]
    assert found.threads == chosen
    assert found.seconds == pytest.approx({slow: 0.03, chosen: 0.001})


def test_it_is_recorded_and_not_run_twice(mixtures, tmp_path, capsys):
    config = Train(mixtures[0], tmp_path / "sae", steps=5, k=3, seed=4)
    train.run(config)
    record = finished(tmp_path / "sae", "train")
    assert record["request"]["seed"] == 4
    assert record["request"]["steps"] == 5
    assert len(record["result"]["sha256"]) == 32
    train.run(config)
    assert "finished already" in capsys.readouterr().out
    with pytest.raises(UserError, match=r"other settings \(k\)"):
        train.run(Train(mixtures[0], tmp_path / "sae", steps=5, k=4, seed=4))


def test_seeds_decide(mixtures, tmp_path):
    saes = []
    for name, seed in [("a", 0), ("b", 0), ("c", 1)]:
        train.run(Train(mixtures[0], tmp_path / name, steps=20, k=3, seed=seed, threads=1))
        saes.append(read_sae(tmp_path / name).W_enc)
    assert torch.equal(saes[0], saes[1])
    assert not torch.equal(saes[0], saes[2])


def test_default_sizes_are_the_papers_scaled_down():
    def plan(vectors):
        return Plan.of(vectors, batch_size=4096, steps=None, seed=0)

    assert (plan(1_281_167).steps, plan(1_281_167).batch, plan(1_281_167).dead_after) == (100_000, 4096, 10_000_000)
    assert (plan(10_000).steps, plan(10_000).batch) == (5_000, 1250)
    assert plan(3).batch == 1


def test_geometric_median_by_hand():
    """Of three collinear points the middle one; an outlier does not move it."""
    assert_close(
        geometric_median(torch.tensor([[0.0, 0.0], [1.0, 0.0], [1000.0, 0.0]])), torch.tensor([1.0, 0.0]), atol=1e-2, rtol=0
    )


def test_unfinished_activations_are_refused(tmp_path):
    with pytest.raises(UserError, match="not the output of `extract`"):
        train.run(Train(tmp_path, tmp_path / "sae"))
