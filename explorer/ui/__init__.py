"""The pages, the API and MCP, and what serves them.

Gradio is loaded here without two things that it does as it is loaded, which took 1.8 s of every start. It loads `mcp`, for a
server of its own that is off here; ours loads it at its first call. And for each of its 60 components it parses the source and
renders a stub for editors, to see whether the one that it ships is still right (`gradio.component_meta`); it passes over a
component that lies in no file, and so do all seem to meanwhile.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _quick_to_load() -> Iterator[None]:
    """Inside the block an import of `mcp` fails as if it were not installed, unless it is loaded, and no class tells its file."""
    getfile, hides = inspect.getfile, "mcp" not in sys.modules
    inspect.getfile = _no_file
    if hides:
        sys.modules["mcp"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = getfile
        if hides:
            del sys.modules["mcp"]


def _no_file(thing: object) -> str:
    raise OSError(f"not looked for: the file of {thing}")


with _quick_to_load():
    import gradio as gradio
