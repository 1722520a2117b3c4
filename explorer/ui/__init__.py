"""The pages, the API and MCP, and what serves them.

Gradio loads `mcp` as it is loaded itself, for a server of its own that is off here: 0.6 s at every start. Ours loads it at its
first call, so it is hidden meanwhile.
"""

import sys

if "mcp" not in sys.modules:
    sys.modules["mcp"] = None  # type: ignore[assignment]  # an import of it fails as if it were not installed
    try:
        import gradio as gradio
    finally:
        del sys.modules["mcp"]
