"""Monoscope's entry, here and in a Space: settings → atlases → pages → served."""

import argparse
import logging
import sys

from explorer.atlas.library import open_library
from explorer.errors import UserError
from explorer.settings import HELP, Settings
from explorer.study.design import design
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.app import PAGES, create_app, create_context
from explorer.ui.mounted import behind_gate
from explorer.ui.preload import preload
from explorer.ui.serve import Server


def main() -> None:
    about = "Serves the explorer: browse an atlas's neurons, upload pictures, steer a model, answer the study."
    argparse.ArgumentParser(description=about, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings.from_environment()
    library = open_library(settings.atlases)
    for problem in library.problems:
        print(f"monoscope: {problem}", file=sys.stderr)
    session = Session(design(list(library.atlases.values())), _answers(settings))
    context = create_context(library, session, settings)
    gate = behind_gate(create_app(context), context, [page.link.path for page in PAGES], settings)
    server = Server(gate, context.uploads, settings)
    server.start()
    print(f"Monoscope: {len(library.atlases)} atlases on http://{settings.host}:{settings.port}", flush=True)
    preload(context)
    server.wait()


def _answers(settings: Settings) -> AnswerStore:
    """The study's answers; where their file cannot be had, the study is paused and all else goes on."""
    answers = AnswerStore(settings.answers)
    try:
        answers.make()
    except UserError as error:
        print(f"monoscope: {error}", file=sys.stderr)
    return answers


if __name__ == "__main__":
    try:
        main()
    except (UserError, OSError) as error:  # OSError: a directory that may not be written
        print(f"monoscope: {error}", file=sys.stderr)
        sys.exit(2)
