"""`python -m explorer.study COMMAND`: the study's answers as a CSV file, and what they say, for whoever runs the study."""

import argparse
import sys
from pathlib import Path

from explorer.errors import UserError
from explorer.settings import Settings
from explorer.study.analyse import add_options, analyse
from explorer.study.export import read_answers, to_csv, write_whole

EXAMPLES = """\
examples:
  python -m explorer.study export > answers.csv
  python -m explorer.study export --answers work/answers.sqlite --out answers.csv
  python -m explorer.study analyse
  python -m explorer.study analyse --table paper
  python -m explorer.study analyse --pairs-csv metric_benchmark/pairs.csv --methods
"""


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code: 0 done, 2 asked for something that cannot be."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options, options.answers or Settings.from_environment().answers)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _export(options: argparse.Namespace, file: Path) -> None:
    sheet = to_csv(read_answers(file))
    if options.out is None:
        sys.stdout.write(sheet)
    else:
        write_whole(options.out, sheet, options.force)


def _analyse(options: argparse.Namespace, file: Path) -> None:
    sys.stdout.write(analyse(options, file))


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m explorer.study", description="The human study.", epilog=EXAMPLES, formatter_class=plain
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    about = "Writes all answers as CSV; participants are numbered p1, p2, …. The explorer may be running."
    export = commands.add_parser("export", help="answers → CSV", description=about, epilog=EXAMPLES, formatter_class=plain)
    export.add_argument("--out", type=Path, help="the CSV file to write (default: standard output)")
    export.add_argument("--force", action="store_true", help="write over it if it is there")
    export.set_defaults(run=_export)
    about = "Counts how far people agree with MS, beside the paper's figures. The explorer may be running."
    analysis = commands.add_parser(
        "analyse", help="answers → agreement", description=about, epilog=EXAMPLES, formatter_class=plain
    )
    add_options(analysis)
    analysis.set_defaults(run=_analyse)
    for command in (export, analysis):
        about = "the file that the answers are kept in (default: MONOSCOPE_ANSWERS, or work/answers.sqlite)"
        command.add_argument("--answers", type=Path, help=about)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
