"""Monoscope's entry, here and in a Space: settings → atlases → pages → served."""

import argparse
import sys

from explorer.atlas.atlas import open_library
from explorer.errors import UserError
from explorer.settings import HELP, Settings
from explorer.study.design import design
from explorer.study.desk import Desk
from explorer.study.store import AnswerStore
from explorer.ui.app import create_app, create_frame, launch_options
from explorer.ui.warming import warm_up


def main() -> None:
    about = "Serves the explorer: browse an atlas's neurons, upload pictures, steer a model, answer the study."
    argparse.ArgumentParser(description=about, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    settings = Settings.from_environment()
    library = open_library(settings.atlases)
    for problem in library.problems:
        print(f"monoscope: {problem}", file=sys.stderr)
    desk = Desk(design(list(library.atlases.values())), AnswerStore(settings.answers))
    frame = create_frame(library, desk, settings.vlm)
    demo = create_app(frame)
    demo.launch(**launch_options(settings, library, desk))
    print(f"Monoscope: {len(library.atlases)} atlases on http://{settings.host}:{settings.port}", flush=True)
    warm_up(frame)
    demo.block_thread()


if __name__ == "__main__":
    try:
        main()
    except (UserError, OSError) as error:  # OSError: the port is taken
        print(f"monoscope: {error}", file=sys.stderr)
        sys.exit(2)
