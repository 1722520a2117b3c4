"""The counters of the house bench on a made-up package whose figures are known by hand."""

import textwrap

import pytest
from torch import nn

from tests.bench.house import function_lengths, lengths, walk_until
from tests.bench.private_uses import private_uses
from tests.imports import circles, files, import_graph, imports, loaded_with, parsed

MADE_UP = {
    "explorer/__init__.py": "",
    "explorer/one.py": """\
        import gradio as gr
        from transformers import utils
        from explorer import two

        class One:
            _own = 1

            def first(self):
                return (
                    two.second(self._own),
                )
        """,
    "explorer/two.py": """\
        def second(value):
            from explorer.one import One

            def third():
                return One()

            return third
        """,
    "explorer/alone.py": """\
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            import torch

        def late():
            import faiss
        """,
}


@pytest.fixture
def root(tmp_path):
    for name, code in MADE_UP.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(code), encoding="utf-8")
    return tmp_path


def test_an_import_inside_a_function_closes_a_circle(root):
    assert circles(import_graph(["explorer"], root)) == ["explorer.one → explorer.two → explorer.one"]


def test_each_circle_is_found_once_and_by_its_shortest_way():
    graph = {"a": {"b", "c"}, "b": {"c"}, "c": {"a"}, "d": {"a", "d2"}, "d2": set()}
    assert circles(graph) == ["a → b → c → a", "a → c → a"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_what_is_imported_and_what_is_loaded(root):
    alone = root / "explorer/alone.py"
    assert {"torch", "faiss"} <= imports(alone)
    assert not {"torch", "faiss"} & imports(alone, when_loaded=True)
    (root / "explorer/user.py").write_text("import explorer.one\n")
    assert {"gradio", "transformers"} <= loaded_with(root / "explorer/user.py", root)


def test_lengths_by_hand(root):
    assert function_lengths(parsed(root / "explorer/one.py")) == [4]
    assert function_lengths(parsed(root / "explorer/two.py")) == [7, 2]
    paths = [path for path in files("explorer", root) if path.name != "__init__.py"]
    assert lengths(paths) == {"median_function": 3, "p90_function": 6.1, "median_file": 7}  # of 2, 2, 4, 7 and of 7, 7, 11


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("from gradio._parts import a", 1),
        ("import gradio as gr\ngr._secret()", 1),
        ("from gradio import _secret", 1),
        ("from explorer.one import _own", 0),
        ("def f(x): return x._hidden, x._own, x._replace(a=1), x.__class__", 1),
        ("import gradio as gr\npart = gr.Image()\npart.preprocess = lambda value: value", 1),
        ("import gradio as gr\ndef own(): ...\ngr.Image.preprocess = own", 1),
        ("import gradio as gr\ndef own(): ...\npart = gr.Image()\nsetattr(part, 'preprocess', own)", 1),
        ("import gradio as gr\npart = gr.Image()\npart.label = 'a'", 0),
        ("def f(x): return getattr(x, '_hidden', None), getattr(x, 'open', None)", 1),
        ("import torch\ntorch.library.Library('torchvision', 'FRAGMENT')", 1),
        ("import os\nos._exit(1)", 1),
    ],
)
def test_private_uses_are_found(root, code, uses):
    (root / "explorer/user.py").write_text(code, encoding="utf-8")
    assert [use.path.name for use in private_uses(files("explorer", root))] == ["user.py"] * uses


def test_a_walk_ends_where_a_model_is_left_and_its_stack_holds_who_calls_it(root):
    made_up = {
        "models/model.py": "def make():\n    return Model()\nclass Model(nn.Module):\n    def forward(self):\n        return 1\n",
        "read.py": "def read():\n    return make()()\n",
        "drawn.py": "def draw():\n    return 2\n",
        "page.py": "def handler():\n    draw_first()\n    yield read()\n    yield draw()\n",
        "drawn_first.py": "def draw_first():\n    return 0\n",
    }
    space: dict = {"nn": nn}
    (root / "explorer/models").mkdir()
    for name, code in made_up.items():
        exec(compile(code, str(root / "explorer" / name), "exec"), space)
    walk = walk_until(space["handler"](), root)
    assert walk.rooms == ["explorer/page.py", "explorer/drawn_first.py", "explorer/read.py", "explorer/models/model.py"]
    assert walk.stack == ["explorer/page.py", "explorer/read.py", "explorer/models/model.py"]
