"""`python -m explorer.study analyse`: a study's answers, a released pairs.csv or an aggregated table → agreement with MS."""

import argparse
import json
from pathlib import Path

import pandas as pd

from explorer.errors import UserError
from explorer.study.analysis.agreement import agreement
from explorer.study.analysis.pairs_csv import ENCODERS, read_pairs, to_pairs_csv
from explorer.study.analysis.published import PAPER, Table, read_table
from explorer.study.analysis.quality import attentive, quality
from explorer.study.analysis.raters import weighed
from explorer.study.analysis.scores import with_scores
from explorer.study.analysis.summary import as_json, methods, quality_summary, summary, table_summary, weighed_summary
from explorer.study.export import read_answers, write_whole
from explorer.study.store import counted

AGAINST = "note: most choices go against MS: is R_user of this file 1 where x was chosen?\n"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command; --answers is the caller's."""
    parser.add_argument("--study", help="which study's answers (default: the only one that has some)")
    parser.add_argument("--table", help="in place of answers, a CSV file with the columns from,to,pairs,agree; or `paper`")
    parser.add_argument("--pairs-csv", type=Path, help="in place of answers, pairs in the format that the paper released")
    parser.add_argument("--encoder", choices=ENCODERS, default="dino", help="whose MS of pairs.csv (default: dino)")
    parser.add_argument("--attentive", action="store_true", help="leave out participants who failed the gold pairs")
    parser.add_argument("--weighed", action="store_true", help="add agreement with raters weighed (needs crowd-kit)")
    parser.add_argument("--scores", type=Path, help="a CSV file atlas,neuron,score: another score in the place of MS")
    parser.add_argument(
        "--write-pairs-csv", type=Path, metavar="OUT", help="write the pairs in the format that the paper released"
    )
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--methods", action="store_true", help="print a paragraph of methods to paste")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def analyse(options: argparse.Namespace, where: Path | str) -> str:
    """What the command prints.

    Raises:
        UserError: naming what cannot be read or written.
    """
    if options.table is not None:
        return _of_table(PAPER if options.table == "paper" else read_table(Path(options.table)), options.json)
    every = pd.DataFrame()
    if options.pairs_csv is not None:
        answers = read_pairs(options.pairs_csv, options.encoder)
    else:
        every = of_study(read_answers(where), options.study)
        answers = counted(attentive(every) if options.attentive else every)
    if options.write_pairs_csv is not None:
        write_whole(options.write_pairs_csv, to_pairs_csv(answers, options.encoder), options.force)
    answers = answers if options.scores is None else with_scores(answers, options.scores)
    found, by_rater = agreement(answers), weighed(answers) if options.weighed else None
    if options.json:
        return json.dumps(as_json(found) | ({"weighed": as_json(by_rater)} if by_rater else {}), indent=2) + "\n"
    if options.methods:
        return methods(found) + "\n"
    reversed_choices = options.pairs_csv is not None and found.majority.share < 0.5
    attention = "" if options.pairs_csv is not None else quality_summary(quality(every))
    beside = "" if by_rater is None else weighed_summary(by_rater)
    return summary(found) + attention + beside + (AGAINST if reversed_choices else "")


def of_study(answers: pd.DataFrame, study: str | None) -> pd.DataFrame:
    """The answers of one study.

    Raises:
        UserError: if there are none, or several studies have some and none is named.
    """
    there = list(answers["study"].unique())
    if study is None and len(there) == 1:
        return answers
    if study in there:
        return answers.query("study == @study")
    has = f"answers of {', '.join(there)}" if there else "no answers"
    raise UserError(f"the file has {has}: {'name one of them with --study' if there else 'wait until somebody has answered'}")


def _of_table(table: Table, as_text: bool) -> str:
    if not as_text:
        return table_summary(table)
    return json.dumps({"as_asked": table.as_asked, "uniform": table.uniform} | as_json(table), indent=2) + "\n"
