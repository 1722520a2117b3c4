"""Monoscope's entry, here and in a Space: settings → atlases → pages → served."""

import sys

from explorer.atlas.atlas import open_library
from explorer.errors import UserError
from explorer.settings import Settings
from explorer.study.design import design
from explorer.study.desk import Desk
from explorer.study.store import AnswerStore
from explorer.ui.app import create_app, launch_options


def main() -> None:
    settings = Settings.from_environment()
    library = open_library(settings.atlases)
    for problem in library.problems:
        print(f"monoscope: {problem}", file=sys.stderr)
    print(f"Monoscope: {len(library.atlases)} atlases on http://{settings.host}:{settings.port}", flush=True)
    desk = Desk(design(list(library.atlases.values())), AnswerStore(settings.answers))
    create_app(library, desk, settings.vlm).launch(**launch_options(settings, library, desk))


if __name__ == "__main__":
    try:
        main()
    except (UserError, OSError) as error:  # OSError: the port is taken
        print(f"monoscope: {error}", file=sys.stderr)
        sys.exit(2)
