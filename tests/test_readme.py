"""README's commands run as they stand there: in a folder where its Hub ids are tiny random models on disk."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.atlas.atlas import Atlas
from tests.explorer.models.tiny import save_tiny
from tests.precompute.making import draw_pictures

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in re.sub(r"\\\n\s*", "", re.sub(r"\s+#.*", "", block)).splitlines()
]


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    words = shlex.split(command)
    if words[0] == ".venv/bin/python":
        words[0] = sys.executable
    env = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=280, check=False)


@pytest.fixture
def folder(tmp_path):
    draw_pictures(tmp_path / "photos")
    save_tiny("clip", tmp_path / "openai" / "clip-vit-base-patch32", blocks=12)
    save_tiny("dinov2", tmp_path / "facebook" / "dinov2-base")
    return tmp_path


def test_explore_your_own_pictures(folder):
    (command,) = [command for command in COMMANDS if "precompute" in command]
    ran = run(command, folder)
    assert ran.returncode == 0, ran.stderr
    assert Atlas(folder / "atlases" / "photos").manifest.tap.name == "10:cls"


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make")])
def test_make_knows_its_targets(command):
    assert subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, check=False).returncode == 0


def test_every_option_of_the_table_exists():
    said = run(".venv/bin/python -m precompute atlas --help", ROOT).stdout
    options = set(re.findall(r"--[a-z][a-z-]+", README)) - {"--help"}
    assert len(options) > 10
    assert not [option for option in options if f"{option} " not in said]


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target


def test_front_matter_is_the_spaces():
    front = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert f"gradio=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()
    assert (ROOT / front["app_file"]).is_file()
    assert len(front["short_description"]) <= 60
