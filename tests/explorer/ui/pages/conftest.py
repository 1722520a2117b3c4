"""What tests of the study's pages share: one explorer, whose study they answer, open and close."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from explorer.atlas.library import Library, open_library
from explorer.study.design import Study, design
from explorer.study.opening import BUILT_IN, BUILT_IN_RULES, PRACTICE
from tests.serving import ROOT, Served, served

STORYBOOK = ROOT / "assets" / "storybook" / "atlases"
PASSWORD = "open sesame"


class Running(NamedTuple):
    """A running explorer, and what only its operator has."""

    site: Served
    answers: Path
    library: Library
    study: Study  # the small one


@pytest.fixture(scope="session")
def running(atlases_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Drawn atlases, of which the first loads no encoder, and Storybook's.

    The small study is open; a test that opens another one closes it.
    """
    answers, library = tmp_path_factory.mktemp("study") / "kept" / "answers.sqlite", open_library([atlases_root, STORYBOOK])
    small = design(list(library.atlases.values()), name=BUILT_IN, rules=BUILT_IN_RULES, practice=PRACTICE)
    with served(atlases_root, STORYBOOK, MONOSCOPE_ANSWERS=str(answers), MONOSCOPE_STUDY_PASSWORD=PASSWORD) as site:
        yield Running(site, answers, library, small)
