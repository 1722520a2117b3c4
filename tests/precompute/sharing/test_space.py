"""Spaces: the directory holds what the explorer needs and no more, starts as it lies, and is uploaded whole or not at all."""

import ast
import re
import shutil
import sys
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError
from explorer.model_pool import ModelPool
from explorer.operations.first_questions import first_image
from explorer.operations.images import atlas_image
from explorer.operations.prepared import prepared_answers, steer_or_recall
from explorer.operations.steer import Steering, steer
from explorer.ui.pages.steer.view import read_steer
from precompute.__main__ import main
from precompute.sharing.hardware import HARDWARE
from precompute.sharing.pinned import RUNTIME, installed, requirements
from precompute.sharing.publish import Publish
from precompute.sharing.publish import run as publish
from precompute.sharing.space import space, write_space
from tests.imports import ROOT, files, parsed
from tests.making import Making, change_manifest, make_atlas
from tests.serving import served


@pytest.fixture(scope="module")
def made(world, tmp_path_factory) -> Path:
    """A Space of the steerable atlases, written to a directory."""
    folder = tmp_path_factory.mktemp("made") / "space"
    atlases = sorted(path.parent for path in world.atlases.glob("*/manifest.json"))
    write_space(space("ada/shapes", atlases, str(world.llava), "cpu-basic", answers=2), folder)
    return folder


def test_it_starts_as_it_lies_and_shows_its_atlases(made, world):
    """With the packages of this environment; `tests.bench.share` starts it in one of its own."""
    names = sorted(path.parent.name for path in (made / "atlases").glob("*/manifest.json"))
    with served(folder=made, SPACE_ID="ada/shapes") as site:
        assert site.client.get("/").status_code == 200
        assert f"{len(names)} atlases on" in site.log
        shown = site.load("/", "")
        assert "neuron" in shown
        site.event("/steer", "load")  # the page is there
        assert all(f"  {name} from atlases/{name}" in site.log for name in names)


def test_it_holds_what_the_explorer_needs_and_no_more(made):
    tops = {path.name for path in made.iterdir()}
    assert {"app.py", "README.md", "requirements.txt", "explorer", "assets", "atlases", "vlm"} <= tops
    assert tops <= {"app.py", "README.md", "requirements.txt", "explorer", "assets", "atlases", "vlm", "models", "encoders"} | {
        path.name for path in made.iterdir() if (path / "config.json").is_file()
    }
    there = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    code = {path.relative_to(ROOT).as_posix() for path in files("explorer")}
    assert {name for name in there if name.endswith(".py") and name.startswith("explorer/")} == code
    assert not [name for name in there if "storybook" in name or "__pycache__" in name or "screenshots" in name]
    assert not [name for name in there if name.startswith(("precompute/", "tests/"))]


def test_what_a_visitor_asks_first_is_answered_without_a_model(made, world):
    """The Steer page's own first question; word for word what the model says, and nothing of another."""
    (file,) = made.rglob("steered.json")
    atlas, pool = Atlas(file.parent), ModelPool()
    view, image = read_steer({}, atlas), first_image(atlas)
    steering = Steering(view.neuron, view.alpha, view.prompt, view.length)
    asked = atlas_image(atlas, image)
    (recalled,) = steer_or_recall(pool, atlas, "vlm/" + world.llava.name, asked, steering)
    *_, said = steer(pool, atlas, str(world.llava), asked, steering)
    assert recalled == replace(said, first_token_ms=None)
    assert recalled.done
    for other in (replace(steering, alpha=view.alpha / 2), replace(steering, seed=1), replace(steering, prompt="else")):
        assert prepared_answers(atlas, world.llava.name, image, other) is None
    assert prepared_answers(atlas, "another", image, steering) is None
    assert prepared_answers(atlas, f"{world.llava.name} 4bit", image, steering) is None
    assert prepared_answers(atlas, world.llava.name, image, steering) is not None
    assert prepared_answers(atlas, world.llava.name, "white", steering) is None


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"model": 1}', "x" * (2**22 + 1), '{"model":"m","sae":"","answered":[{"image":"i"}]}']
)
def test_prepared_answers_that_cannot_be_used_are_left_aside(pair, tmp_path, content, caplog):
    for part in ("one", "one-images"):
        shutil.copytree(pair / part, tmp_path / part)
    (tmp_path / "one" / "steered.json").write_text(content)
    assert prepared_answers(Atlas(tmp_path / "one"), "m", "i", Steering(1, 1.0)) is None
    assert "prepared answers are not used" in caplog.text


def test_its_front_matter_is_a_spaces(made):
    front = dict(line.split(": ", 1) for line in (made / "README.md").read_text().split("---")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert f"gradio=={front['sdk_version']}" in (made / "requirements.txt").read_text().splitlines()
    assert front["suggested_hardware"] == "cpu-basic"
    assert len(front["short_description"]) <= 60
    assert (made / front["app_file"]).is_file()


def test_a_model_of_the_hub_is_loaded_when_the_space_is_built(world):
    (atlas, *_) = sorted(path.parent for path in world.atlases.glob("*/manifest.json"))
    of_hub = space("ada/shapes", [atlas], "llava-hf/llava-1.5-7b-hf", "t4-small")
    assert "preload_from_hub:\n- llava-hf/llava-1.5-7b-hf\n" in of_hub.texts["README.md"]
    assert "'MONOSCOPE_VLM', 'llava-hf/llava-1.5-7b-hf'" in of_hub.texts["app.py"]
    assert not [path for path in of_hub.files if path.startswith("vlm/")]


def test_the_built_in_world_is_the_default():
    names = {path.split("/")[1] for path in space("ada/world", [], None, "cpu-basic").files if path.endswith("manifest.json")}
    assert names == {path.parent.name for path in (ROOT / "assets/storybook/atlases").glob("*/manifest.json")}


def test_requirements_are_what_the_explorer_imports():
    """A package that the explorer imports and a Space would lack fails here, and so does one that nothing imports any more."""
    distributions = packages_distributions()
    imported = set()
    for path in files("explorer"):
        for node in ast.walk(parsed(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            imported |= {name.split(".")[0] for name in names}
    needed = {
        canonicalize_name(distributions[name][0]) for name in imported - set(sys.stdlib_module_names) if name in distributions
    }
    by_name = {canonicalize_name(name) for name in RUNTIME}
    assert needed - {"monoscope", "crowd-kit"} - by_name == set()  # crowd-kit is asked for by a command alone, which says so
    assert by_name - needed <= {"python-multipart", "torchvision", "authlib", "itsdangerous"}  # imported by others


def test_every_requirement_is_exact_and_has_all_that_it_requires():
    for hardware in HARDWARE.values():
        text = requirements(hardware)
        pins = [Requirement(line) for line in text.splitlines() if not line.startswith("-")]
        assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in pins)
        assert {canonicalize_name(pin.name) for pin in pins} >= {"torch", "httpcore", "pydantic-core", "tokenizers"}
        assert ("download.pytorch.org/whl/cpu" in text) == (not hardware.cuda)
    constraints = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line and line[0] != "#"
    )
    known = {canonicalize_name(name): number for name, number in constraints.items()}
    assert {name: number for name, number in installed(RUNTIME).items() if known.get(name, number) != number.split("+")[0]} == {}


def test_a_space_is_uploaded_and_brought_up_to_date(hub, pair, monkeypatch):
    publish(Publish("ada/pair", (pair / "one", pair / "two"), space=True, hardware="t4-small"))
    made = hub.repositories["ada/pair"]
    assert made.kind == "space"
    assert not made.private
    assert made.created_with["hardware"] == "t4-small"
    assert made.created_with["sdk"] == "gradio"
    assert {"app.py", "requirements.txt", "explorer/__main__.py", "atlases/two/manifest.json"} <= made.files.keys()
    publish(Publish("ada/pair", (pair / "one",), space=True))
    assert not [path for path in made.files if path.startswith(("atlases/two", "atlases/two-images"))]
    assert made.hardware == "cpu-basic"


def test_a_dry_run_says_what_would_be_uploaded_and_asks_nothing(hub, pair, capsys):
    publish(Publish("ada/pair", (pair / "one",), space=True, dry_run=True))
    assert hub.asked == []
    told = capsys.readouterr().out
    size = (pair / "one-images").rglob("*.parquet")
    assert f"{sum(path.stat().st_size for path in size):,}  atlases/one-images" in told
    assert re.search(r"publish: \d+\.\d MB", told)


def test_refusals_are_one_sentence(hub, pair, tmp_path, capsys):
    hub.make("ada/other", {"index.html": b"", "README.md": b""}, kind="space")
    make_atlas(tmp_path, Making(name="far", neurons=16, drawn=8, dead=0))
    change_manifest(tmp_path / "far", lambda content: content["encoder"].update(local=True, source="../../../../etc"))
    make_atlas(tmp_path, Making(name="without", neurons=16, drawn=8, dead=0))
    change_manifest(tmp_path / "without", lambda content: content["encoder"].update(local=True, source="../../models/none"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    one = ("--atlas", str(pair / "one"))
    for arguments, said in (
        (("ada/other", "--space", *one), "that name is taken by another Space"),
        (("bob/new", "--space", *one), "your token may not write there"),
        (("ada/new", "--space", *one, *one), "two have one name"),
        (("ada/new", "--space", "--atlas", str(tmp_path / "far")), "a Space cannot have that place"),
        (("ada/new", "--space", "--atlas", str(tmp_path / "without")), "it is not there; put it there first"),
        (("ada/new", "--space", *one, "--out", str(tmp_path / "full")), "something is there; name a new directory"),
        (("ada/new", *one, "--out", str(tmp_path / "new")), "--out is of a Space; add --space"),
    ):
        capsys.readouterr()
        assert main(["publish", *arguments]) == 2
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1
        assert said in lines[0]
    assert set(hub.repositories) == {"ada/other"}


def test_an_upload_that_breaks_off_shows_nothing(hub, pair):
    hub.refuse = lambda method, path: 500 if "/commit/" in path else None
    with pytest.raises(UserError, match="HTTP 500; the same command goes on"):
        publish(Publish("ada/pair", (pair / "one",), space=True))
    assert hub.repositories["ada/pair"].private
    hub.refuse = lambda method, path: None
    publish(Publish("ada/pair", (pair / "one",), space=True))
    assert not hub.repositories["ada/pair"].private
