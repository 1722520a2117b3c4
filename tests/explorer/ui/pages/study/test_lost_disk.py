"""A Space whose disk is lost when it starts again: the whole explorer, with a FAKE of the Hub (tests/fake_hub.py)."""

import time
from pathlib import Path

import pytest

from explorer.study.session import QUICKEST
from tests.attacks.study import Participant, words
from tests.fake_hub import TOKEN, USER, fake_hub
from tests.serving import served

pytestmark = pytest.mark.slow


def test_participants_go_on_after_the_disk_was_lost(atlases_root: Path, tmp_path: Path) -> None:
    with fake_hub() as hub:
        own = {
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": TOKEN,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path),
        }
        own |= {"MONOSCOPE_ANSWERS_COPY": f"{USER}/answers"}
        with served(atlases_root, **own) as site:  # its answers are in a directory that goes with it
            browser = Participant(site).begin()
            time.sleep(QUICKEST)
            assert 'aria-valuenow="1"' in words(browser.press("answer-1"))
        assert any(name.startswith("answers/") for name in hub.repositories[f"{USER}/answers"].files)
        with served(atlases_root, **own) as site:
            assert 'aria-valuenow="1"' in words(Participant(site, token=browser.token).press("load"))
