"""The site of docs/ and all commands in texts, without building it (`make docs` does): what it names is there, commands parse."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import tyro
import yaml

import monoscope
from explorer.__main__ import parser
from explorer.limits import Limits
from explorer.settings import HELP
from explorer.study.__main__ import _parser as study_parser
from precompute.__main__ import STAGES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WRITTEN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
PREFIXES = {  # how a command begins in a text → what `monoscope` calls it
    ("python", "-m", "precompute"): (),
    ("python", "-m", "explorer.study"): ("study",),
    ("python", "-m", "monoscope"): (),
    ("python", "app.py"): ("serve",),
    ("monoscope",): (),
}


def settings_of_mkdocs() -> dict:
    return yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def shell_lines(page: Path) -> list[str]:
    """Every line of a block of shell in a page, whole."""
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    joined = (re.sub(r"\\\n\s*", "", block) for block in blocks)
    return [line for block in joined for line in block.splitlines() if line.strip()]


def asked(line: str) -> list[str] | None:
    """What a line of shell says to `monoscope`; None where it says nothing to it."""
    words = [word for word in shlex.split(line, comments=True) if not re.fullmatch(r"[A-Z_]+=\S*", word)]
    words = [word.removeprefix(".venv/bin/") for word in words]
    for prefix, command in PREFIXES.items():
        if tuple(words[: len(prefix)]) == prefix:
            return [*command, *words[len(prefix) :]]
    return None


COMMANDS = [(page.name, words) for page in WRITTEN for line in shell_lines(page) if (words := asked(line))]


def parse(words: list[str]) -> object:
    """What the real command line makes of these words; leaves the process where it refuses them."""
    name, arguments = words[0], words[1:]
    if name == "serve":
        return parser("monoscope serve").parse_args(arguments)
    if name == "study":
        return study_parser("monoscope study").parse_args(arguments)
    stage = STAGES[name]
    config = getattr(importlib.import_module(f"precompute.{stage.module}"), stage.config)
    return tyro.cli(config, args=arguments, config=(tyro.conf.FlagCreatePairsOff,))


def test_there_are_commands_to_check():
    assert len(COMMANDS) > 25
    assert {words[0] for _, words in COMMANDS} >= {"serve", "study", "atlas", "describe", "report"}


@pytest.mark.parametrize(
    "words", [words for _, words in COMMANDS], ids=[f"{page}: {' '.join(words[:3])}" for page, words in COMMANDS]
)
def test_every_command_parses(words):
    if "--help" in words:
        assert words[0] in (*monoscope.COMMANDS, *STAGES)
    else:
        parse(words)


@pytest.mark.parametrize("words", [["serve", "--prot", "1"], ["atlas", "--image", "x", "--out", "y"], ["study", "begin"]])
def test_a_command_that_is_none_does_not_parse(words, capsys):
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code != 0


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_make_knows_its_targets(page):
    targets = {
        word
        for line in shell_lines(page)
        if line.startswith("make ")
        for word in re.sub(r"#.*", "", line).split()[1:]
        if "=" not in word
    }
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert targets <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_includes_and_links_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    for file, part in re.findall(r'^--8<-- "([^":]+)(?::(\w+))?"$', text, re.MULTILINE):
        included = (ROOT / file).read_text(encoding="utf-8")
        assert not part or all(f"--8<-- [{end}:{part}]" in included for end in ("start", "end")), f"{file}:{part}"
        inner = included.split(f"[start:{part}]")[1].split(f"[end:{part}]")[0] if part else ""
        assert not re.findall(r"\]\((?!https?://)[^)]+\)", inner), f"{file}:{part} has a link that leads nowhere in the site"
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert target.startswith("https://") or (DOCS / target).is_file(), target


def test_all_pages_are_in_the_navigation():
    listed = [name for entry in settings_of_mkdocs()["nav"] for name in entry.values()]
    assert sorted(listed) == [page.name for page in PAGES]


def test_what_the_reference_names_is_there():
    names = re.findall(r"^::: ([\w.]+)$", (DOCS / "reference.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) > 12
    for name in names:
        module, _, member = name.rpartition(".")
        if not (ROOT / f"{name.replace('.', '/')}.py").is_file():
            assert getattr(importlib.import_module(module), member).__doc__, name


def test_every_setting_that_a_text_names_exists():
    known = set(re.findall(r"MONOSCOPE_[A-Z_]+", HELP)) | {"MONOSCOPE_DATABASE_PASSWORD"}  # compose.yaml's own
    for page in [*WRITTEN, ROOT / "Dockerfile", ROOT / "compose.yaml", ROOT / "ARCHITECTURE.md", ROOT / "SECURITY.md"]:
        assert set(re.findall(r"MONOSCOPE_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))) <= known, page.name
    assert len(Limits.__dataclass_fields__) < len(known)


def test_the_image_is_made_of_what_is_here():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert copied
    shown = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    assert set(copied) == shown
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_compose_gives_both_the_same_database():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    explorer, database = services["explorer"]["environment"], services["database"]["environment"]
    user, password = database["POSTGRES_USER"], database["POSTGRES_PASSWORD"]
    assert explorer["MONOSCOPE_ANSWERS"] == f"postgresql://{user}:{password}@database/{user}"
    assert services["explorer"]["ports"] == ["127.0.0.1:7860:7860"]


def test_the_workflow_runs_what_is_here():
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yaml").read_text(encoding="utf-8"))["jobs"]
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert steps[0] == ".ci/run"
    for step in steps[1:]:
        assert subprocess.run([*step.split(), "--dry-run"], cwd=ROOT, capture_output=True, check=False).returncode == 0, step


def test_the_citation_is_of_this_and_of_the_paper():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["title"] == "Monoscope"
    assert cited["references"][0]["identifiers"][0]["value"] == "arXiv:2504.02821"
