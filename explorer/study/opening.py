"""A process's studies at its start: the small one that is there by default, and the atlases that it must not show."""

from collections.abc import Set

from explorer.atlas.library import Library
from explorer.study.design import Rules, design
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.study.studies import create_study, listed, read_study

BUILT_IN = "built-in"
BUILT_IN_RULES = Rules(answers=None, blind=False)  # to try a study: anybody may look at its atlases
PRACTICE = 2


def open_session(store: AnswerStore, library: Library) -> Session:
    """The session of a store; where nobody has created a study, a small one of the atlases is drawn, once.

    Raises:
        UserError: if the database cannot be reached.
    """
    with store.opened(writes=True) as answers:
        if not listed(answers.connection):
            small = design(list(library.atlases.values()), name=BUILT_IN, rules=BUILT_IN_RULES, practice=PRACTICE)
            if small.of_kind("pair"):
                create_study(answers.connection, small, "open")
        running = [study.name for study in listed(answers.connection) if study.state != "closed"]
        studies = [read_study(answers.connection, name) for name in running]
    blind = {name for study in studies if study.rules.blind for name in study.atlases}
    return Session(store, library, _with_their_images(library, blind))


def _with_their_images(library: Library, blind: Set[str]) -> frozenset[str]:
    """Those atlases, and all of the same images: two SAEs may have neurons so alike that one shows what the other's MS is."""
    images = {library.atlases[name].manifest.dataset.fingerprint for name in blind & library.atlases.keys()}
    alike = (name for name, atlas in library.atlases.items() if atlas.manifest.dataset.fingerprint in images)
    return frozenset(alike) | blind


def public_library(session: Session) -> Library:
    """The atlases that anybody may look at: those that no running study hides.

    A study that is opened later, and hides an atlas that this process shows, waits until the process is started again.
    """
    atlases = {name: atlas for name, atlas in session.library.atlases.items() if name not in session.hidden}
    return session.library._replace(atlases=atlases)
