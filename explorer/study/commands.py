"""The researcher's commands: create a study, look at it, open, pause and close it, write its plan and take one in."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.atlas.registry import open_atlases
from explorer.errors import UserError
from explorer.settings import Settings
from explorer.study.analysis.power import power
from explorer.study.design import Study
from explorer.study.drafting import drafted, drawn
from explorer.study.export import write_whole
from explorer.study.plan import from_json, to_json
from explorer.study.store import Answers, AnswerStore
from explorer.study.studies import State, create_study, listed, progress, read_study, set_state

HIDES = "until it is closed, a running explorer shows nobody {atlases}, others of the same images, nor results\n"
SHOWS = "a running explorer shows {atlases} again, and results\n"
HINT = "|ΔMS|        pairs   expected agreement   width of the 95 % interval\n"


def add_create_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="small letters, digits and hyphens")
    parser.add_argument(
        "--atlas", action="append", help="name of an atlas to take neurons from; several: once each (default: all)"
    )
    parser.add_argument("--pairs", type=_positive, default=1000, help="pairs to ask (default: 1000, as in the paper)")
    parser.add_argument("--answers-each", type=_positive, default=3, help="answers a pair, from different people (default: 3)")
    parser.add_argument("--each", type=_positive, default=40, help="pairs that one participant is shown at most (default: 40)")
    parser.add_argument("--gold", type=_natural, default=2, help="obvious pairs, shown to everybody (default: 2)")
    parser.add_argument("--practice", type=_natural, default=2, help="obvious pairs to begin with, with feedback (default: 2)")
    parser.add_argument("--repeats", type=_natural, default=2, help="pairs that a participant is shown again (default: 2)")
    parser.add_argument("--forced", action="store_true", help='do not offer "can\'t tell"')
    parser.add_argument("--back", action="store_true", help="let participants answer their last pair anew")
    parser.add_argument(
        "--public", action="store_true", help="leave the atlases and the results open to all while the study runs"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides the pairs (default: 0)")


def create(options: argparse.Namespace, where: Path | str) -> None:
    """Draw a study and keep it as a draft; print what width of intervals to expect."""
    asked = {name: getattr(options, name) for name in ("name", "pairs", "each", "gold", "practice", "repeats", "back", "seed")}
    asked |= {"answers": options.answers_each, "neither": not options.forced, "blind": not options.public}
    draft = drafted(**asked, atlases=tuple(options.atlas or ()))
    study = drawn(draft, open_atlases(Settings.from_environment().atlases))
    with _opened(where) as answers:
        create_study(answers.connection, study)
    there = len(study.of_kind("pair"))
    short = f"; {options.pairs} were asked for, these atlases have no more" if there < options.pairs else ""
    print(f"study {study.name}: {there} pairs{short}; a draft: open it with `python -m explorer.study open {study.name}`\n")
    sys.stdout.write(HINT)
    for each in power(study):
        bins = f"{each.low:.3g}–{each.high:<8.3g} {each.pairs:5}"
        print(f"{bins}   {100 * each.agree:.0f} % (the paper's)     {100 * each.width:.0f} points")


def show_all(_: argparse.Namespace, where: Path | str) -> None:
    """Print all studies and how far they are."""
    with _opened(where) as answers:
        for name, state in listed(answers.connection):
            done, study = progress(answers.connection, name), read_study(answers.connection, name)
            wanted = len(study.of_kind("pair")) * study.rules.answers if study.rules.answers else "as many as come"
            print(f"{name:24} {state:7} {done.answers} answers by {done.participants} participants; asked for: {wanted}")


def change(options: argparse.Namespace, where: Path | str) -> None:
    """Open, pause or close a study."""
    state: State = options.state
    with _opened(where) as answers:
        set_state(answers.connection, options.name, state)
        study = read_study(answers.connection, options.name)
    print(f"study {study.name} is {state}")
    if state in ("open", "closed") and study.rules.blind:
        atlases = ", ".join(study.atlases)
        sys.stdout.write((HIDES if state == "open" else SHOWS).format(atlases=atlases))


def write_plan(options: argparse.Namespace, where: Path | str) -> None:
    """Print a study's plan as JSON, or write it."""
    with _opened(where) as answers:
        plan = to_json(read_study(answers.connection, options.name)) + "\n"
    sys.stdout.write(plan) if options.out is None else write_whole(options.out, plan, options.force)


def take_plan(options: argparse.Namespace, where: Path | str) -> None:
    """Keep the study of a plan as a draft."""
    try:
        study: Study = from_json(options.file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{options.file} cannot be read: {error}; name a file that the command plan wrote") from error
    with _opened(where) as answers:
        create_study(answers.connection, study)
    print(f"study {study.name}: {len(study.of_kind('pair'))} pairs; a draft")


@contextmanager
def _opened(where: Path | str) -> Iterator[Answers]:
    store = AnswerStore(where)
    store.make()
    with store.opened(writes=True) as answers:
        yield answers


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 100,000")
    return int(text)


def _natural(text: str) -> int:
    return 0 if text == "0" else _positive(text)
