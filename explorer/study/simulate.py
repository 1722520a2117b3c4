"""`python -m explorer.study simulate`: a study's power, by simulated raters; nothing is kept in the database."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.errors import UserError
from explorer.study.export import to_csv, write_whole
from explorer.study.simulated import LABEL, Judge, Truth, simulated, simulated_power, told
from explorer.study.store import AnswerStore
from explorer.study.studies import read_study

MOST = {"people": 10_000, "studies": 10_000}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command; --answers is the caller's."""
    parser.add_argument("name", help="of the study; a draft will do")
    parser.add_argument("--people", type=int, default=75, help="simulated raters (default: 75)")
    parser.add_argument("--studies", type=int, default=200, help="how often the study is run (default: 200)")
    parser.add_argument(
        "--truth", type=Path, help="a CSV file atlas,neuron,score that they judge by, such as focus (default: MS)"
    )
    parser.add_argument("--slope", type=float, default=Judge().slope, help="how sure they are: 0 is guessing (default: 3.5)")
    parser.add_argument("--spread", type=float, default=Judge().spread, help="how far they differ (default: 0.3)")
    parser.add_argument("--careless", type=float, default=Judge().careless, help="share of them who toss a coin (default: 0)")
    parser.add_argument("--seed", type=int, default=0, help="decides everything (default: 0)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--out", type=Path, help="write one simulated study's answers as CSV, participants simulated-1, …")
    parser.add_argument("--force", action="store_true", help="write over it if it is there")


def simulate(options: argparse.Namespace, where: Path | str) -> None:
    """Print what simulated studies find.

    Raises:
        UserError: naming the option that is out of its range, or what cannot be read.
    """
    judge = _judge(options)
    store = AnswerStore(where)
    store.make()
    with store.opened() as answers:
        study = read_study(answers.connection, options.name)
    truth = None if options.truth is None else _read(options.truth)
    found = simulated_power(study, options.people, judge, truth, options.studies, options.seed)
    if options.out is not None:
        one = simulated(study, options.people, np.random.default_rng(options.seed), judge, truth)
        write_whole(options.out, to_csv(one), options.force)
    if options.json:
        sys.stdout.write(json.dumps({"simulation": LABEL, **found._asdict()}, indent=2) + "\n")
    else:
        sys.stdout.write(told(study, options.people, judge, found))


def _judge(options: argparse.Namespace) -> Judge:
    for name, most in MOST.items():
        if not 1 <= getattr(options, name) <= most:
            raise UserError(f"--{name} {getattr(options, name)}: asked for a whole number from 1 to {most:,}")
    if not (0 <= options.slope <= 1000 and 0 <= options.spread <= 100 and 0 <= options.careless <= 1 and options.seed >= 0):
        raise UserError("asked for --slope from 0 to 1000, --spread from 0 to 100, --careless from 0 to 1 and --seed from 0")
    return Judge(options.slope, options.spread, options.careless)


def _read(path: Path) -> Truth:
    try:
        table = pd.read_csv(path)
        keys = zip(table["atlas"].astype(str), table["neuron"].astype(int), strict=True)
        scores = dict(zip(keys, table["score"].astype(float), strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: asked for a CSV file with the columns atlas, neuron, score: {error}") from error
    if not np.isfinite(list(scores.values())).all():
        raise UserError(f"{path}: asked for a finite score of each neuron; correct the rows")
    return scores
