"""`dictionary_learning` and our trainer on the same vectors, one step at a time.

Its package imports nnsight, which reads language models and is of no use here: an empty module stands in its place. Nothing else
of it is replaced.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from torch import Tensor

from explorer.models.sae import SaeConfig
from explorer.models.sae.config import MATRYOSHKA_FRACTIONS
from precompute.training import objectives
from precompute.training.screen import Screen
from precompute.training.trainer import Plan, Trainer

LONG_DEAD = 10**9  # vectors without firing: dead by any rule


class Stepper(NamedTuple):
    """A trainer under test."""

    step: Callable[[int, Tensor], object]  # the step's number, its vectors
    kill: Callable[[int], None]  # declare so many neurons dead: the first of the last group
    trainer: Any


def theirs(directory: Path, config: SaeConfig, plan: Plan, device: str = "cpu") -> Stepper:
    """`dictionary_learning`'s trainer of Matryoshka BatchTopK."""
    trainer: Any = _their_trainers(directory).MatryoshkaBatchTopKTrainer(
        steps=plan.steps,
        activation_dim=config.width,
        dict_size=config.neurons,
        k=config.k,
        layer=0,
        lm_name="none",
        group_fractions=list(MATRYOSHKA_FRACTIONS),
        warmup_steps=plan.warm_up,
        threshold_start_step=plan.warm_up,
        device=device,
        seed=plan.seed,
    )
    trainer.dead_feature_threshold = plan.dead_after

    def kill(count: int) -> None:
        trainer.num_tokens_since_fired[-count:] = LONG_DEAD
        trainer.ae.b_enc.data[-count:] = -0.05  # so that they are positive at times, and never among those kept

    return Stepper(trainer.update, kill, trainer)


def ours(screen: Screen, config: SaeConfig, plan: Plan, first_bd: Tensor) -> Stepper:
    """Our trainer with one of its screens, fed with the same vectors as they are, on the device that holds them."""
    chosen, objectives.best_screen = objectives.best_screen, lambda device: screen
    given = [first_bd]
    trainer = Trainer(config, plan, lambda step: given[-1], 1.0, first_bd.device)
    objectives.best_screen = chosen

    def step(number: int, v_bd: Tensor) -> object:
        given[:] = [v_bd]
        return trainer.step(number)

    def kill(count: int) -> None:
        trainer.silent[-count:] = LONG_DEAD
        trainer.weights.b_enc_s[-count:] = -0.05

    return Stepper(step, kill, trainer)


def _their_trainers(directory: Path) -> ModuleType:
    if str(directory) not in sys.path:
        sys.path.append(str(directory))
    sys.modules.setdefault("nnsight", ModuleType("nnsight")).__dict__.setdefault("LanguageModel", object)
    try:
        from dictionary_learning.trainers import matryoshka_batch_top_k  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise SystemExit(f"no dictionary_learning in {directory} ({error}); see requirements-bench.txt") from error
    return matryoshka_batch_top_k
