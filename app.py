"""Monoscope's entry, here and in a Space: settings → atlases → pages → served."""

import argparse
import logging
import sys

from explorer.atlas.library import Library
from explorer.atlas.registry import open_atlases
from explorer.errors import UserError
from explorer.settings import HELP, Settings
from explorer.study.opening import open_session, public_library
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
    library = open_atlases(settings.atlases)
    for problem in library.problems:
        print(f"monoscope: {problem}", file=sys.stderr)
    session = _session(settings, library)
    context = create_context(public_library(session), session, settings)
    gate = behind_gate(create_app(context), context, [page.link.path for page in PAGES], settings)
    server = Server(gate, context.uploads, settings)
    server.start()
    for atlas in library.atlases.values():
        print(f"  {atlas.name} from {atlas.directory}")
    print(f"Monoscope: {len(library.atlases)} atlases on http://{settings.host}:{settings.port}", flush=True)
    preload(context)
    server.wait()


def _session(settings: Settings, library: Library) -> Session:
    """The studies; where their file cannot be had, they are paused and all else goes on.

    Raises:
        UserError: if answers are in a database that cannot be reached: it alone knows which atlases are closed to the public.
    """
    store = AnswerStore(settings.answers)
    try:
        store.make()
        return open_session(store, library)
    except UserError as error:
        if isinstance(settings.answers, str):
            raise
        print(f"monoscope: {error}", file=sys.stderr)
    return Session(store, library)


if __name__ == "__main__":
    try:
        main()
    except (UserError, OSError) as error:  # OSError: a directory that may not be written
        print(f"monoscope: {error}", file=sys.stderr)
        sys.exit(2)
