"""Which of our files imports which, by AST: at the top, inside functions, and for type checkers alike.

An import that only a type checker follows counts, too: whoever reads the one file still needs the other.
"""

import ast
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Graph = dict[str, set[str]]  # file → files it imports, each as a module name


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def imports(path: Path, when_loaded: bool = False) -> frozenset[str]:
    """Full names of what a file imports: modules, and what is taken from them; nothing of relative imports.

    Args:
        path: of the file.
        when_loaded: only what it imports as it is imported: not inside functions, and not for type checkers.
    """
    tree, names = parsed(path), set()
    for node in _run_when_loaded(tree) if when_loaded else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _run_when_loaded(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        yield from (run for other in node.orelse for run in _run_when_loaded(other))
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _run_when_loaded(child)


def loaded_with(path: Path, root: Path = ROOT) -> set[str]:
    """Full names of all that importing a file imports: its own imports, and those of our files among them."""
    names, waiting = set(), [path]
    while waiting:
        fresh = imports(waiting.pop(), when_loaded=True) - names
        names |= fresh
        waiting += [where for name in fresh for where in _file_of(name, root)]
    return names


def _file_of(module: str, root: Path) -> list[Path]:
    place = root / module.replace(".", "/")
    return [path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()]


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def files(place: str, root: Path = ROOT) -> list[Path]:
    """The Python files of a package or the one file at `place`; none where nothing is there yet."""
    path = root / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def module_name(path: Path, root: Path = ROOT) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def import_graph(places: Iterable[str], root: Path = ROOT) -> Graph:
    """Files of `places` and which of one another they import.

    `from package import part` leads to the part alone: what Python runs of a package on the way to its parts is no
    import that its author wrote.
    """
    paths = {module_name(path, root): path for place in places for path in files(place, root)}
    return {module: set(_targets(path, paths)) - {module} for module, path in paths.items()}


def _targets(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                part = f"{node.module}.{alias.name}"
                yield from (name for name in ([part] if part in known else [node.module]) if name in known)


def circles(graph: Graph) -> list[str]:
    """The shortest circle through every import that lies on one, each once, as `a → b → a`."""
    rounds = {_round(source, target, graph) for source in graph for target in graph[source]}
    return sorted(circle for circle in rounds if circle)


def _round(source: str, target: str, graph: Graph) -> str:
    """The shortest way from `target` back to `source`, begun at its first name in the alphabet; empty if there is none."""
    before, waiting = {target: ""}, deque([target])
    while waiting and source not in before:
        here = waiting.popleft()
        fresh = sorted(graph[here] - before.keys())
        before.update(dict.fromkeys(fresh, here))
        waiting.extend(fresh)
    if source not in before:
        return ""
    way = [source]
    while way[-1] != target:
        way.append(before[way[-1]])
    way.reverse()  # target … source, which imports target
    first = way.index(min(way))
    return " → ".join([*way[first:], *way[:first], way[first]])
