"""Bayesian aggregation: which neuron of a pair is the more focused one, where raters count by how far they can be relied upon.

MACE (Hovy et al. 2013, "Learning Whom to Trust with MACE"), by variational Bayes, of crowd-kit: each rater either knows the
answer or guesses, by habits of their own. It gives a probability for each pair, so agreement is the share of pairs to expect,
beside that of the majority, in which all raters count alike.
"""

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from explorer.errors import UserError
from explorer.study.analysis.votes import votes

if TYPE_CHECKING:
    from crowdkit.aggregation import MACE

STEPS = 50  # crowd-kit's default; one start, since its restarts all begin at the same place
NEEDED = "pip install -r requirements-study.txt -c constraints.txt"
NAN = float("nan")


class Weighed(NamedTuple):
    """Agreement with MS where raters are weighed."""

    share: float  # of pairs, as expected: the mean probability that the neuron with the higher MS is the focused one; NaN of none
    pairs: int
    raters: int
    guessing: int  # raters who are thought to guess more often than not


def weighed(answers: pd.DataFrame, seed: int = 0) -> Weighed:
    """Aggregate a study's answers.

    Args:
        answers: with the columns participant, pair, first_ms, second_ms and chosen.
        seed: where it begins.

    Raises:
        UserError: if crowd-kit is not installed.
    """
    cast = votes(answers)
    pairs, raters = len(cast.difference), len(np.unique(cast.rater))
    if pairs == 0:
        return Weighed(NAN, 0, 0, 0)
    if cast.agrees.all() or not cast.agrees.any():  # one label alone: nobody disagrees
        return Weighed(float(cast.agrees[0]), pairs, raters, 0)
    table = pd.DataFrame({"task": cast.pair, "worker": cast.rater, "label": cast.agrees.astype(int)})
    fitted = _fitted(table, seed)
    assert fitted.probas_ is not None
    agreeing = fitted.probas_[1].to_numpy(float)
    knows = np.asarray(fitted.spamming_)[:, 1]
    return Weighed(float(agreeing.mean()), pairs, raters, int((knows < 0.5).sum()))


def _fitted(table: pd.DataFrame, seed: int) -> "MACE":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts that are not used, and of ways to use pandas
        try:
            from crowdkit.aggregation import MACE
        except ImportError as error:
            raise UserError(f"--weighed needs crowd-kit, which is not installed here: {NEEDED}") from error
        return MACE(n_restarts=1, n_iter=STEPS, method="vb", random_state=seed).fit(table)
