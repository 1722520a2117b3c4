"""The import rules and the tree of ARCHITECTURE.md, held against the code."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {  # package → what none of its files may import, at any depth
    "explorer/atlas": ("torch", "gradio", "transformers", "explorer.models", "explorer.study", "explorer.ui", "precompute"),
    "explorer/study": ("torch", "gradio", "transformers", "explorer.models", "explorer.ui", "precompute"),
    "explorer/models": ("gradio", "explorer.ui", "explorer.study", "precompute"),
    "explorer/ui": ("precompute",),
    "explorer/settings.py": ("torch", "gradio", "explorer.ui", "explorer.models", "precompute"),
    "precompute": ("gradio", "explorer.ui", "explorer.study"),
    "precompute/evaluate": ("precompute.storybook",),
}
STAGES = ("extract", "train", "score", "build", "describe", "report", "upgrade")
LAZY = ("torch", "transformers", "faiss", "plotly")  # load when first needed, not when a page's module is imported


def imports(path: Path, top_level_only: bool = False) -> set[str]:
    """Full names of the modules a file imports, those of relative imports resolved."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("place", [place for place in FORBIDDEN if (ROOT / place).exists()])
def test_who_may_import_whom(place):
    for path in files(place):
        wrong = {module for module in imports(path) for package in FORBIDDEN[place] if within(module, package)}
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_only_the_app_imports_the_ui():
    outside = [path for place in ("explorer", "precompute") for path in files(place) if "explorer/ui" not in path.as_posix()]
    assert not [path for path in outside if any(within(module, "explorer.ui") for module in imports(path))]


def test_stages_meet_on_disk_only():
    for stage in STAGES:
        path = ROOT / "precompute/stages" / f"{stage}.py"
        others = [f"precompute.stages.{other}" for other in STAGES if other != stage]
        assert not {m for m in imports(path) for other in others if within(m, other)}, f"{stage} imports another stage"


def test_no_circles_of_files_in_precompute():
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files("precompute")}
    above = {module: (imports(path) & modules.keys()) - {module} for module, path in modules.items()}
    while leaves := {module for module, needed in above.items() if not needed}:
        above = {module: needed - leaves for module, needed in above.items() if module not in leaves}
    assert not above


@pytest.mark.parametrize("path", files("explorer/ui"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_load_heavy_libraries_late(path):
    heavy = {m for m in imports(path, top_level_only=True) for lazy in (*LAZY, "explorer.models") if within(m, lazy)}
    assert not heavy


def test_relative_imports_are_not_used():
    for path in files("explorer") + files("precompute"):
        levels = [n.level for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ImportFrom)]
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
