"""`python -m explorer.study COMMAND`: create and run studies, take their answers out, and count them; for whoever runs them."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from explorer.errors import UserError
from explorer.settings import Settings, answers_at
from explorer.study import commands, simulate
from explorer.study.analyse import add_options, analyse
from explorer.study.export import read_answers, to_csv, write_whole

EXAMPLES = """\
examples:
  python -m explorer.study create birds --atlas clip-l --pairs 1000 --answers-each 3
  python -m explorer.study open birds
  python -m explorer.study list
  python -m explorer.study plan birds --out birds.json
  python -m explorer.study import birds.json
  python -m explorer.study close birds
  python -m explorer.study simulate birds --people 75
  python -m explorer.study export --out answers.csv
  python -m explorer.study analyse --study birds
  python -m explorer.study analyse --table paper
  python -m explorer.study analyse --pairs-csv metric_benchmark/pairs.csv --methods
"""
CHANGES = {"open": "open", "pause": "paused", "close": "closed"}


def main(arguments: list[str], prog: str = "python -m explorer.study") -> int:
    """Run a command; returns the exit code: 0 done, 2 asked for something that cannot be."""
    options = _parser(prog).parse_args(arguments)
    try:
        options.run(options, answers_at(options.answers) or Settings.from_environment().answers)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _export(options: argparse.Namespace, where: Path | str) -> None:
    sheet = to_csv(read_answers(where))
    if options.out is None:
        sys.stdout.write(sheet)
    else:
        write_whole(options.out, sheet, options.force)


def _analyse(options: argparse.Namespace, where: Path | str) -> None:
    sys.stdout.write(analyse(options, where))


def _parser(prog: str) -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog=prog, description="The human study.", epilog=EXAMPLES, formatter_class=plain)
    parts = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace, Path | str], None], about: str) -> argparse.ArgumentParser:
        added = parts.add_parser(name, help=about, description=about, epilog=EXAMPLES, formatter_class=plain)
        place = (
            "where studies and answers are kept: a file or postgresql://… (default: MONOSCOPE_ANSWERS, or work/answers.sqlite)"
        )
        added.add_argument("--answers", default="", help=place)
        added.set_defaults(run=run)
        return added

    commands.add_create_options(command("create", commands.create, "draw a study's pairs and keep them, as a draft"))
    command("list", commands.show_all, "all studies, and how far they are")
    for name, state in CHANGES.items():
        changing = command(name, commands.change, f"{name} a study")
        changing.add_argument("name")
        changing.set_defaults(state=state)
    plans = command("plan", commands.write_plan, "a study's pairs, rules and atlases as JSON")
    plans.add_argument("name")
    command("import", commands.take_plan, "keep the study of such a JSON file, as a draft").add_argument("file", type=Path)
    about = "all answers as CSV, participants numbered p1, p2, …; the explorer may be running"
    for writing in (plans, command("export", _export, about)):
        writing.add_argument("--out", type=Path, help="the file to write (default: standard output)")
        writing.add_argument("--force", action="store_true", help="write over it if it is there")
    simulate.add_options(command("simulate", simulate.simulate, "SIMULATED raters: try a study's power before paying people"))
    add_options(command("analyse", _analyse, "how far people agree with MS, beside the paper's figures"))
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
