"""What our code uses of libraries that they do not promise: names with a leading underscore, and methods of theirs replaced.

Found by AST, therefore by these rules: a name with one leading underscore that is imported from a library, or is read from an
object and defined in none of our files; a function put in the place of an attribute of a library's object; and operators defined
in the namespace of another library (`torch.library.Library`).
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.imports import parsed

OURS = ("explorer", "precompute", "app")
NAMED_TUPLE = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})  # documented, in spite of their names


class Use(NamedTuple):
    """One use, and where it stands."""

    path: Path
    line: int
    what: str  # as it is written there


def private_uses(paths: Iterable[Path]) -> list[Use]:
    """All uses in these files, which are taken to be all of ours."""
    trees = {path: parsed(path) for path in paths}
    own = frozenset(name for tree in trees.values() for name in _defined(tree))
    uses = (Use(path, node.lineno, ast.unparse(node)) for path, tree in trees.items() for node in _uses(tree, own))
    return sorted(uses)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr


def _uses(tree: ast.Module, own: frozenset[str]) -> Iterator[ast.expr | ast.stmt]:
    theirs = frozenset(_theirs(tree))
    for node in ast.walk(tree):
        if (
            (isinstance(node, ast.Import | ast.ImportFrom) and _imports_private(node))
            or (isinstance(node, ast.Attribute) and _private(node.attr) and node.attr not in own)
            or (isinstance(node, ast.Assign) and _replaces(node, theirs, own))
            or (isinstance(node, ast.Call) and _calls_for_it(node, theirs, own))
        ):
            yield node


def _private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in NAMED_TUPLE


def _library(module: str | None) -> bool:
    return bool(module) and module.split(".")[0] not in (*OURS, "tests", *sys.stdlib_module_names)


def _imports_private(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return _library(node.module) and any(map(_private, [*str(node.module).split("."), *(each.name for each in node.names)]))
    return any(_library(each.name) and any(map(_private, each.name.split("."))) for each in node.names)


def _theirs(tree: ast.Module) -> Iterator[str]:
    """Names that stand for libraries, what is taken from them, and what their functions and classes gave."""
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {(each.asname or each.name).split(".")[0] for each in node.names if _library(each.name)}
        elif isinstance(node, ast.ImportFrom) and _library(node.module):
            imported |= {each.asname or each.name for each in node.names}
    yield from imported
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _root(node.value.func) in imported:
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _root(node: ast.expr) -> str:
    """`a` of `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _function(node: ast.expr, own: frozenset[str]) -> bool:
    return isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in own)


def _replaces(node: ast.Assign, theirs: frozenset[str], own: frozenset[str]) -> bool:
    targets = [target for target in node.targets if isinstance(target, ast.Attribute)]
    return _function(node.value, own) and any(_root(target) in theirs for target in targets)


def _calls_for_it(node: ast.Call, theirs: frozenset[str], own: frozenset[str]) -> bool:
    """`setattr(theirs, "name", function)`, `getattr(anything, "_name")`, or `torch.library.Library("another", …)`."""
    named = isinstance(node.func, ast.Name) and node.func.id
    if named == "setattr" and len(node.args) == 3:
        return _root(node.args[0]) in theirs and _function(node.args[2], own)
    if named == "getattr" and isinstance(node.args[1], ast.Constant):
        return _private(str(node.args[1].value)) and node.args[1].value not in own
    return ast.unparse(node.func).endswith("library.Library")
