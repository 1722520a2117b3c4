"""`python -m explorer.study export`: the study's answers as a CSV file, for whoever runs the study."""

import argparse
import sys
from pathlib import Path

from explorer.errors import UserError
from explorer.settings import Settings
from explorer.study.export import read_answers, to_csv, write_whole

EXAMPLES = """\
examples:
  python -m explorer.study export > answers.csv
  python -m explorer.study export --answers work/answers.sqlite --out answers.csv
"""


def main(arguments: list[str]) -> int:
    """Run a command; returns the exit code: 0 done, 2 asked for something that cannot be."""
    options = _parser().parse_args(arguments)
    try:
        sheet = to_csv(read_answers(options.answers or Settings.from_environment().answers))
        if options.out is None:
            sys.stdout.write(sheet)
        else:
            write_whole(options.out, sheet, options.force)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m explorer.study", description="The human study.", epilog=EXAMPLES, formatter_class=plain
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    about = "Writes all answers as CSV; participants are numbered p1, p2, …. The explorer may be running."
    export = commands.add_parser("export", help="answers → CSV", description=about, epilog=EXAMPLES, formatter_class=plain)
    export.add_argument(
        "--answers", type=Path, help="the file that the answers are kept in (default: MONOSCOPE_ANSWERS, or work/answers.sqlite)"
    )
    export.add_argument("--out", type=Path, help="the CSV file to write (default: standard output)")
    export.add_argument("--force", action="store_true", help="write over it if it is there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
