"""What the server keeps of each open page: what its visitor gave, and no copy of its parts or of what they show.

Gradio's own sessions hold the configuration of every part and all that was drawn last, 0.6 MB each, and the last 10,000 stay.
A part that an answer changes or skips is made anew there, without what is replaced on ours (`parts/image_input.py`).
"""

from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder

KEPT = 1000  # sessions; a page whose session is forgotten has lost its visitor's own picture, and says so


class Forgotten(dict[int, Any]):
    """Seems to have every key, and keeps nothing."""

    def __contains__(self, _key: object) -> bool:
        return True

    def __getitem__(self, _key: int) -> dict[str, Any]:
        return {}

    def __setitem__(self, _key: int, _value: Any) -> None:
        return


class SmallSession(SessionState):
    """A session of the pages' own parts."""

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(SimpleNamespace(default_config=blocks.default_config, blocks={}))  # type: ignore[arg-type]
        self.config_values = Forgotten()

    def __setitem__(self, key: int, value: Any) -> None:
        if isinstance(self.blocks_config.blocks.get(key), gr.State):
            super().__setitem__(key, value)


class Sessions(StateHolder):
    """The sessions of an app, the last KEPT of them."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = SmallSession(self.blocks)
        return super().__getitem__(session_id)


def keep_sessions_small(demo: gr.Blocks, outer: FastAPI) -> None:
    """Replace the sessions of pages that are mounted in an app."""
    demo.state_session_capacity = KEPT
    sessions = Sessions()
    sessions.set_blocks(demo)
    mounted = next(app for route in outer.routes if isinstance(app := getattr(route, "app", None), App))
    mounted.state_holder = sessions
