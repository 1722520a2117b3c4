"""Serve the explorer: settings → atlases → pages → served. Run by `python app.py`, `monoscope serve` and `python -m explorer`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer import garbage
from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.registry import open_atlases
from explorer.errors import UserError
from explorer.logs import begin_logging
from explorer.self_check import missing
from explorer.settings import HELP, Settings
from explorer.study.copying import Copying
from explorer.study.opening import open_session, public_library, watch
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui.app import PAGES, create_app, create_context
from explorer.ui.context import Context
from explorer.ui.mounted import behind_gate
from explorer.ui.preload import preload
from explorer.ui.serve import Server

if TYPE_CHECKING:  # loads torch
    from explorer.models.judges.judge import AnswerJudge

log = logging.getLogger("explorer")

ABOUT = "Serves the explorer: browse an atlas's neurons, upload pictures, steer a model, answer the study."


def main(arguments: Sequence[str], prog: str = "python app.py") -> int:
    """Serve until somebody stops it; returns the exit code: 0 stopped, 2 refused."""
    options = parser(prog).parse_args(arguments)
    try:
        serve(Settings.from_environment(given=_given(options)))
    except (UserError, OSError) as error:  # OSError: a directory that may not be written
        print(f"monoscope: {error}", file=sys.stderr)
        return 2
    return 0


def exact_judge(atlas: Atlas) -> "AnswerJudge | None":
    """The judge of the built-in world's scenes, where `precompute` is installed; a Space does without."""
    try:
        from precompute.storybook.evaluate.exact_judge import exact_judge as known
    except ImportError:
        return None
    return known(atlas)


def serve(settings: Settings) -> None:
    """Serve the explorer in this process until SIGTERM or Ctrl+C.

    Raises:
        UserError: if it cannot listen, or its answers are in a database that cannot be reached.
        OSError: if a directory may not be written.
    """
    begin_logging(settings.json_logs)
    with garbage.put_off(stays=True):
        library = open_atlases(settings.atlases)
        for problem in [*library.problems, *missing(settings, library)]:
            _say(settings, str(problem))
        store = AnswerStore(settings.answers)
        copying = Copying(store, settings.answers_copy) if settings.answers_copy else None
        context, server = _assembled(settings, _session(settings, library, store, copying))
        server.start()
    _say_begun(settings, library)
    preload(context)
    server.wait()
    if copying is not None:
        copying.end()


def _assembled(settings: Settings, session: Session) -> tuple[Context, Server]:
    """The pages behind the gate, and what serves them."""
    watch(session)
    context = create_context(public_library(session), session, settings, exact_judge)
    gate = behind_gate(create_app(context), context, [page.link.path for page in PAGES], settings)
    return context, Server(gate, context.uploads, settings)


def _say(settings: Settings, problem: str) -> None:
    """What is wrong or missing, without ending the start."""
    if settings.json_logs:
        log.warning("%s", problem)
    else:
        print(f"monoscope: {problem}", file=sys.stderr)


def _say_begun(settings: Settings, library: Library) -> None:
    """Which atlases are served, and where."""
    lines = [f"  {atlas.name} from {atlas.directory}" for atlas in library.atlases.values()]
    lines.append(f"Monoscope: {len(library.atlases)} atlases on http://{settings.host}:{settings.port}")
    if settings.json_logs:
        log.info("%s", "\n".join(lines))
    else:
        print("\n".join(lines), flush=True)


def parser(prog: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog=prog, description=ABOUT, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--atlases", metavar="PATHS", help="in place of MONOSCOPE_ATLASES")
    made.add_argument("--vlm", metavar="MODEL", help="in place of MONOSCOPE_VLM")
    made.add_argument("--host", metavar="ADDRESS", help="in place of HOST")
    made.add_argument("--port", metavar="NUMBER", help="in place of PORT")
    return made


def _given(options: argparse.Namespace) -> dict[str, str]:
    """What the command line says, by the name of the environment variable that it stands for."""
    names = {"atlases": "MONOSCOPE_ATLASES", "vlm": "MONOSCOPE_VLM", "host": "HOST", "port": "PORT"}
    return {variable: value for name, variable in names.items() if (value := getattr(options, name)) is not None}


def _session(settings: Settings, library: Library, store: AnswerStore, copying: Copying | None) -> Session:
    """The studies; where their file, or its copy, cannot be had, they are paused and all else goes on.

    Raises:
        UserError: if answers are in a database that cannot be reached: it alone knows which atlases are closed to the public.
    """
    try:
        if copying is None:
            store.make()
            return open_session(store, library)
        copying.restore()
        session = open_session(store, library, copying.settle)
        copying.keep_copying()
        return session
    except UserError as error:
        if isinstance(settings.answers, str):
            raise
        _say(settings, str(error))
    return Session(AnswerStore(settings.answers), library)  # of a store that was never made: the study is paused


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
