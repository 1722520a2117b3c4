"""What is installed: the wheel's contents, its requirements and its command; and the requirements files, which agree."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import monoscope
from explorer import __version__, open_atlas
from explorer.errors import UserError
from explorer.models.vlm import load
from explorer.study import answers_server
from precompute.__main__ import STAGES

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("bench", "gpu", "map", "ray", "study")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built once, from this checkout, with what is installed: no network, no environment of its own."""
    out = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (file,) = out.iterdir()
    with zipfile.ZipFile(file) as opened:
        yield opened


@pytest.fixture(scope="module")
def about(wheel) -> Message:
    return message_from_bytes(wheel.read(f"monoscope-{__version__}.dist-info/METADATA"))


def pins(name: str) -> dict[str, Requirement]:
    """The requirements of a file, by name; of those that it includes none."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    told = [Requirement(line) for line in lines if line.strip() and not line.startswith(("#", "-"))]
    return {canonicalize_name(requirement.name): requirement for requirement in told}


def test_the_wheel_holds_what_git_has_and_nothing_else(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: what belongs into the wheel cannot be told from what lies about")
    tracked = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    code = {name for name in tracked if name.startswith(("explorer/", "precompute/")) or name == "monoscope.py"}
    files = {name for name in tracked if name.startswith("assets/") and not name.startswith("assets/screenshots/")}
    inside = {name for name in wheel.namelist() if not name.startswith(f"monoscope-{__version__}.dist-info/")}
    assert inside == code | {f"explorer/{name}" for name in files}
    assert len(inside) > 400


def test_its_requirements_are_the_files(about):
    told = [Requirement(line) for line in about.get_all("Requires-Dist")]
    assert {str(r.specifier) for r in told if not r.marker} == {str(r.specifier) for r in pins("requirements.txt").values()}
    assert {canonicalize_name(r.name) for r in told if not r.marker} == set(pins("requirements.txt"))
    assert sorted(about.get_all("Provides-Extra")) == sorted(EXTRAS)
    for extra in EXTRAS:
        names = {canonicalize_name(r.name) for r in told if r.marker and str(r.marker) == f'extra == "{extra}"'}
        assert names == set(pins(f"requirements-{extra}.txt")), extra


def test_its_version_and_its_command(about, wheel):
    assert about["Version"] == __version__
    assert b"monoscope = monoscope:main" in wheel.read(f"monoscope-{__version__}.dist-info/entry_points.txt")


def test_out_of_the_wheel_the_assets_are_found(wheel, tmp_path):
    """All but the built-in world unpacked elsewhere, and asked from a directory that has neither checkout nor assets."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    wheel.extractall(site, [name for name in wheel.namelist() if "/storybook/" not in name.removeprefix("precompute/storybook")])
    elsewhere.mkdir()
    code = "import monoscope; from explorer.shipped import shipped; print(shipped('css')); monoscope.main(['--version'])"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=elsewhere, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True
    )
    assert ran.stdout.split("\n")[:2] == [str(site / "explorer/assets/css"), f"monoscope {__version__}"], ran.stderr
    assert list((site / "explorer/assets/css").glob("*.css"))


def test_versions_are_the_same_everywhere():
    """A package has one exact version: in requirements.txt, the extras, constraints.txt and the lock."""
    constrained, locked = pins("constraints.txt"), locked_versions()
    for name, requirement in (pins("requirements.txt") | pins("requirements-study.txt")).items():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), f"{name} has no exact version"
        assert locked.get(name) == str(requirement.specifier), f"{name}: make lock"
        if name in constrained:
            assert constrained[name].specifier == requirement.specifier, name
    for name, requirement in constrained.items():
        assert locked.get(name, str(requirement.specifier)) == str(requirement.specifier), f"{name}: make lock"


def locked_versions() -> dict[str, str]:
    told = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?(==\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in told}


def test_the_lock_has_hashes_and_names_no_host():
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    packages = [entry for entry in entries if not entry.startswith("#")]
    assert len(packages) > 80
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []
    assert "://" not in "".join(entries)


def test_pyproject_repeats_no_list():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"version", "dependencies", "optional-dependencies"} <= set(project["project"]["dynamic"])


@pytest.mark.parametrize("name", [*monoscope.COMMANDS, *STAGES])
def test_every_command_is_listed(name, capsys):
    assert monoscope.main(["--help"]) == 0
    assert re.search(rf"^  {name} +\S", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("words", [["serve", "--help"], ["study", "--help"], ["study", "list", "--help"], ["report", "--help"]])
def test_help_calls_the_program_by_its_name(words, capsys):
    with pytest.raises(SystemExit) as left:
        monoscope.main(words)
    assert left.value.code in (0, None)
    assert f"usage: monoscope {words[0]}" in capsys.readouterr().out


def test_what_is_no_command_is_refused(capsys):
    assert monoscope.main(["sreve"]) == 2
    assert "there is no command sreve; choose one of serve, study" in capsys.readouterr().err
    assert monoscope.main([]) == 2


def test_a_bad_port_ends_the_start(capsys):
    assert monoscope.main(["serve", "--port", "many"]) == 2
    assert "PORT='many'" in capsys.readouterr().err


def test_built_in_atlases_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert open_atlas("storybook-baseline").atlas.name == "storybook-baseline"


def test_postgresql_without_its_package_is_one_sentence(monkeypatch):
    monkeypatch.setattr(answers_server, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install -r requirements-study\.txt, or monoscope\[study\]"):
        answers_server.AnswersServer("postgresql://a:secret@nowhere/b")


@pytest.mark.parametrize(
    ("device", "accelerate", "placed"), [("cpu", True, {}), ("cuda", False, {}), ("cuda", True, {"device_map": "cuda"})]
)
def test_weights_go_straight_onto_a_gpu_where_accelerate_is_there(device, accelerate, placed, monkeypatch):
    """What transformers is asked for; that it does so needs a GPU."""
    monkeypatch.setattr(load, "find_spec", lambda name: (accelerate and name == "accelerate") or None)
    assert load._placed(device) == placed
