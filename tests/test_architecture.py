"""The import rules and the tree of ARCHITECTURE.md, held against the code."""

import ast
import re
import subprocess

import pytest

from tests.imports import ROOT, circles, files, import_graph, imports, loaded_with, module_name, parsed, within

MODEL_FREE = ("torch", "transformers", "gradio", "explorer.models", "explorer.model_pool", "explorer.operations", "explorer.ui")
FORBIDDEN = {  # package → what none of its files may import, not even inside functions
    "explorer/atlas": (*MODEL_FREE, "explorer.study", "precompute"),
    "explorer/study": (*MODEL_FREE, "precompute"),
    "explorer/models": ("gradio", "explorer.ui", "explorer.study", "explorer.operations", "explorer.model_pool", "precompute"),
    "explorer/model_pool.py": (
        "torch",
        "transformers",
        "gradio",
        "explorer.operations",
        "explorer.ui",
        "explorer.study",
        "precompute",
    ),
    "explorer/operations": ("torch", "transformers", "gradio", "explorer.ui", "explorer.study", "precompute"),
    "explorer/ui": ("torch", "transformers", "explorer.models", "precompute"),
    "explorer/settings.py": (*MODEL_FREE, "precompute"),
    "explorer/errors.py": ("explorer.atlas", *MODEL_FREE, "precompute"),
    "precompute": ("gradio", "explorer.ui", "explorer.study"),
    "precompute/evaluate": ("precompute.storybook",),
}
DATA_ALONE = ("explorer.models.steering.spec", "explorer.models.vlm.sampling")  # of what steers: what precompute may import
LAZY = ("torch", "transformers", "faiss", "plotly", "explorer.models")  # load when first needed, not when a page is imported
MODEL_FREE_WHEN_LOADED = (
    "app.py",
    "monoscope.py",
    "explorer/__main__.py",
    "explorer/__init__.py",
    "explorer/atlas",
    "explorer/study",
    "explorer/model_pool.py",
    "explorer/operations",
    "explorer/ui",
)
STAGES = [path for path in files("precompute/stages") if path.name != "__init__.py"]


def test_who_may_import_whom():
    broken = {
        f"{module_name(path)} imports {package}"
        for place, packages in FORBIDDEN.items()
        for path in files(place)
        for package in packages
        if any(within(module, package) for module in imports(path))
    }
    assert sorted(broken) == []


def test_precompute_asks_the_operations_for_answers():
    """As pages, the API and MCP do; below them it knows the data alone that say what is asked."""
    steering = ("explorer.models.steering", "explorer.models.vlm")
    below = {
        f"{module_name(path)} imports {module}"
        for path in files("precompute")
        for module in imports(path)
        if any(within(module, package) for package in steering) and not any(within(module, data) for data in DATA_ALONE)
    }
    assert sorted(below) == []


def test_no_circles_of_files():
    """Whoever reads one file of a circle has to read them all; imports inside functions and for type checkers count."""
    assert list(circles(import_graph(["explorer", "precompute"]))) == []


def test_one_file_outside_assembles_the_ui():
    """What `app.py` and `monoscope serve` run."""
    outside = [path for place in ("explorer", "precompute") for path in files(place) if "explorer/ui" not in path.as_posix()]
    using = [module_name(path) for path in outside if any(within(module, "explorer.ui") for module in imports(path))]
    assert using == ["explorer.__main__"]


def test_stages_meet_on_disk_only():
    names = {module_name(path) for path in STAGES}
    for path in STAGES:
        others = {module for module in imports(path) for other in names - {module_name(path)} if within(module, other)}
        assert not others, f"{module_name(path)} imports another stage"


def test_one_module_chains_the_stages():
    names = {module_name(path) for path in STAGES}
    outside = [path for path in files("precompute") if path not in STAGES]
    assert [module_name(path) for path in outside if len(imports(path) & names) > 1] == ["precompute.atlas"]


@pytest.mark.parametrize("place", [place for place in MODEL_FREE_WHEN_LOADED if files(place)])
def test_heavy_libraries_load_late(place):
    """Neither by a file's own imports nor by those of what it imports: browsing starts without a model."""
    loaded = {
        module_name(path): {lazy for lazy in LAZY for module in loaded_with(path) if within(module, lazy)}
        for path in files(place)
    }
    assert {module: heavy for module, heavy in loaded.items() if heavy} == {}


def test_relative_imports_are_not_used():
    for path in files("explorer") + files("precompute"):
        levels = [node.level for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)]
        assert not any(levels), path


def test_the_tree_of_the_page_is_the_tree_on_disk():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    tree = text.split("## The tree")[1].split("```")[1]
    told, stack = set(), []
    for line in filter(str.strip, tree.splitlines()):
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        stack = [*stack[:depth], name.rstrip("/")]
        if not name.endswith("/"):
            told.add("/".join(stack))
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    shown = re.compile(r"^(app\.py|explorer/.*\.py|precompute/.*\.py)$")
    there = {
        name
        for name in listed.stdout.split()
        if shown.match(name) and not name.endswith("__init__.py") and (ROOT / name).exists()
    }
    if not there:
        pytest.skip("not a git checkout: the tree on disk cannot be told from what was built in it")
    assert {name for name in told if shown.match(name)} == there
