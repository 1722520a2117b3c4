"""`monoscope COMMAND …`, the command of an installed Monoscope: serve, study, and every stage of `python -m precompute`."""

import importlib
import sys
from typing import NamedTuple

from explorer import __version__, garbage
from precompute.__main__ import STAGES


class Command(NamedTuple):
    """A command that is no stage."""

    module: str  # with a `main(arguments, prog)` that returns the exit code
    summary: str


COMMANDS = {
    "serve": Command("explorer.__main__", "serve the explorer in a browser"),
    "study": Command("explorer.study.__main__", "create, open, close and analyse studies"),
}
USAGE = """usage: monoscope COMMAND [--help] …

{commands}

from images to an atlas, and on to its names and its report:
{stages}

examples:
  monoscope serve --port 8000
  monoscope atlas --images photos --encoder openai/clip-vit-base-patch32 --tap 10:cls --sae matryoshka --out atlases/photos
  monoscope serve --atlases atlases/photos
  monoscope study list"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 refused, 130 interrupted."""
    words = sys.argv[1:] if arguments is None else arguments
    name = words[0] if words else "--help"
    if name in ("-h", "--help"):
        print(USAGE.format(commands=_listed(COMMANDS), stages=_listed(STAGES)))
        return 0 if words else 2
    if name == "--version":
        print(f"monoscope {__version__}")
        return 0
    if name in COMMANDS:
        with garbage.put_off(stays=True):
            command = importlib.import_module(COMMANDS[name].module)
        return command.main(words[1:], f"monoscope {name}")
    if name in STAGES:
        return importlib.import_module("precompute.__main__").main(words, "monoscope")
    print(f"error: there is no command {name}; choose one of {', '.join([*COMMANDS, *STAGES])}", file=sys.stderr)
    return 2


def _listed(commands: dict) -> str:
    return "\n".join(f"  {name:18}{command.summary}" for name, command in commands.items())


if __name__ == "__main__":
    sys.exit(main())
