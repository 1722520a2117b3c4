"""The Hub that is away: no retries, and nothing is changed for the next who asks."""

import os
import subprocess
import sys

from huggingface_hub import constants

from explorer.models.hub import hub

LOAD = """
import explorer.models.encoders.transformers, transformers
from explorer.errors import UserError
from explorer.models.encoders.loading import load_encoder
try:
    load_encoder("facebook/dinov2-base")
except UserError as error:
    print(error)
"""


def test_a_hub_that_is_away_is_not_waited_for(tmp_path):
    """Nothing listens at port 9; the client alone would try again and again, for 25 seconds, and say so."""
    away = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"} | away
    ran = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, timeout=120, env=environment)
    assert ran.stdout.startswith("--encoder facebook/dinov2-base: neither a model directory nor a model on the Hub")
    assert "Retrying" not in ran.stderr


def test_what_is_on_disk_asks_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with hub(str(tmp_path)):
        assert not constants.HF_HUB_OFFLINE
    with hub("some/model"):
        assert constants.HF_HUB_OFFLINE
    assert not constants.HF_HUB_OFFLINE
