"""README's commands run as they stand there: in a folder where its Hub ids are tiny random models on disk."""

import importlib
import json
import re
import shlex
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.entry import PLAIN, Entry
from explorer.atlas.registry import open_atlases
from explorer.models.sae import SparseAutoencoder, sae_config
from explorer.models.sae.importing import export_sae
from explorer.study.__main__ import main as study
from explorer.ui.mcp import MCP
from precompute.evaluate.top_texts import top_texts
from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from precompute.training import trainer
from tests.attacks.study import LONGER_THAN_A_SECOND_CLICK, Participant
from tests.explorer.models.tiny import save_tiny
from tests.explorer.models.tiny_llava import save_tiny_llava
from tests.making import Making, make_atlas
from tests.precompute.making import draw_pictures
from tests.serving import served

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in re.sub(r"\\\n\s*", "", re.sub(r"\s+#.*", "", block)).splitlines()
]


TOML = re.findall(r"```toml\n# (\S+)\n(.*?)```", README, re.DOTALL)  # files, their names in their first lines
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(command: str) -> int:
    """Run a command of a package of ours where we are, in this process: starting Python eleven times takes most of the time."""
    python, module, package, *arguments = shlex.split(command)
    assert (python, module) == (".venv/bin/python", "-m")
    try:
        return importlib.import_module(f"{package}.__main__").main(arguments)
    except SystemExit as stopped:  # --help
        return int(stopped.code or 0)


@pytest.fixture
def folder(tmp_path):
    draw_pictures(tmp_path / "photos", each=40)
    save_tiny("clip", tmp_path / "openai" / "clip-vit-base-patch32", blocks=12)
    large = save_tiny("clip", tmp_path / "openai" / "clip-vit-large-patch14-336", blocks=24)
    save_tiny("dinov2", tmp_path / "facebook" / "dinov2-base")
    save_tiny_llava(tmp_path / "llava-hf" / "llava-1.5-7b-hf", large)
    export_sae(SparseAutoencoder(sae_config("batchtopk", 16, 4, 4)), "dictionary_learning", tmp_path / "ae_100000.pt")
    (tmp_path / "captions.txt").write_text("\n".join(f"a {c} {k}" for c in COLOURS for k in KINDS), encoding="utf-8")
    for name, text in TOML:
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(900)  # the whole pipeline, on however busy a machine
def test_all_commands_of_the_pipeline_in_their_order(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(trainer, "EPOCHS", 10)  # short trainings: what they learn is not looked at here
    monkeypatch.setattr(trainer, "MIN_STEPS", 100)
    commands = [command for command in COMMANDS if "precompute" in command]
    assert len(commands) == 11
    for command in commands:
        assert run(command) == 0, command
    photos, patches = (Atlas(folder / "atlases" / name) for name in ("photos", "photos-patches"))
    assert photos.manifest.tap.name == "10:cls"
    assert photos.similarities == ["dinov2-base", "clip-vit-base-patch32"]
    assert photos.manifest.names is not None
    assert patches.steering_tried
    assert len(pd.read_csv(folder / "atlases" / "sweep" / "sweep.csv")) == 12
    assert len(top_texts(folder / "work" / "text-scores")) > 0
    assert (folder / "work" / "report").is_dir()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make")])
def test_make_knows_its_targets(command):
    assert subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.fixture
def beside_assets(tmp_path, monkeypatch):
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "photo.jpg")
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    monkeypatch.chdir(tmp_path)


def test_the_notebook(beside_assets):
    (block,) = [block for block in PYTHON if "open_atlas(" in block]
    names: dict = {}
    exec(block, names)
    assert names["atlas"].steer(names["image"], 7, alpha=names["alpha"].high).done


@pytest.mark.slow
def test_the_program(beside_assets, capsys):
    (block,) = [block for block in PYTHON if "gradio_client" in block]
    with served(ROOT / "assets/storybook/atlases") as site:
        names: dict = {}
        exec(block.replace("http://127.0.0.1:7860", site.url), names)
        names["client"].close()
    assert names["answers"]["done"]
    assert names["answers"]["steered"] in capsys.readouterr().out


def test_the_address_for_agents():
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    (server,) = json.loads(block)["mcpServers"].values()
    assert server == {"type": "http", "url": f"http://127.0.0.1:7860{MCP}"}


@pytest.mark.slow
def test_every_option_of_the_table_exists(capsys):
    run(".venv/bin/python -m precompute atlas --help")
    said = capsys.readouterr().out
    of_describe = {"--help", "--vocabulary", "--text-encoder", "--text-embeddings", "--image-embeddings"}
    table = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    options = set(re.findall(r"--[a-z][a-z-]+", table)) - of_describe
    assert len(options) > 10
    assert not [option for option in options if f"{option} " not in said]


@pytest.mark.slow
def test_every_option_of_the_study_exists(capsys):
    told = "\n".join(line for line in README.splitlines() if "explorer.study" in line)
    for command in ("create", "analyse", "export"):
        run(f".venv/bin/python -m explorer.study {command} --help")
        said = capsys.readouterr().out
        options = re.findall(r"--[a-z][a-z-]+", "\n".join(re.findall(rf"explorer\.study {command}[^`#;]*", told)))
        assert not [option for option in options if option not in said], command


def test_the_registry_is_one(tmp_path):
    (block,) = [block for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL) if "[[atlas]]" in block]
    for name in ("photos", "photos-patches"):
        make_atlas(tmp_path, Making(name=name, neurons=8, dead=0, grid=None, levels=1))
    (tmp_path / "atlases.toml").write_text(block)
    library = open_atlases([tmp_path / "atlases.toml"])
    assert library.problems == []
    assert list(library.atlases) == ["holidays", "photos-patches"]
    assert library.atlases["holidays"].entry == Entry("holidays", True, "Unfiltered web photographs.", True)
    assert library.atlases["photos-patches"].entry == PLAIN._replace(steering=False)


@pytest.mark.slow
def test_a_study_in_ten_minutes(tmp_path, monkeypatch, capsys):
    """Its lines in their order: the explorer beside, and a participant at the address that is told."""
    (block,) = [block for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL) if "explorer.study" in block]
    first, *lines = block.strip().splitlines()
    ((name, password),) = re.findall(r"^(\w+)=(\S+) make app", first)
    monkeypatch.chdir(tmp_path)
    answers, done = tmp_path / "work" / "answers.sqlite", []
    with served(ROOT / "assets/storybook/atlases", MONOSCOPE_ANSWERS=str(answers), **{name: password}) as site:
        for line in lines:
            if address := re.search(r"http://127.0.0.1:7860/study(\?\S+),", line):
                browser, query = Participant(site), address[1]
                browser = Participant(site, browser.session, browser.press("study-start", query)[0], browser.tickets)
                for button in ("answer-1", "answer-2", "answer-1"):
                    time.sleep(LONGER_THAN_A_SECOND_CLICK)
                    browser.press(button, query)
                continue
            words = shlex.split(line, comments=True)
            assert words[:3] == ["python", "-m", "explorer.study"]
            assert study(words[3:]) == 0, line
            done.append(words[3])
    assert done == ["create", "open", "list", "close", "analyse", "export"]
    said = capsys.readouterr().out
    assert "study mine: 40 pairs" in said
    assert "3 answers by 1 participants" in said
    assert "majority, as asked" in said
    assert len((tmp_path / "answers.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target


def test_front_matter_is_the_spaces():
    front = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert f"gradio=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()
    assert (ROOT / front["app_file"]).is_file()
    assert len(front["short_description"]) <= 60
