"""Serving: the pages behind the gate on a port, until somebody stops the process; then everybody is told, and nothing is left.

Uvicorn runs in a thread, as in Gradio's own `launch`, which would neither let the gate stand before all of Gradio nor end with 0.
"""

import signal
import threading
from contextlib import suppress

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from explorer.errors import UserError
from explorer.settings import Settings
from explorer.ui.gate.chain import Gate
from explorer.ui.uploads import Uploads

FINISHING_S = 6  # for answers under way, once the process is told to stop
SWEEP_S = 300.0  # between two looks for old uploads


class Server:
    """A served explorer.

    Args:
        gate: with the pages behind it.
        uploads: deleted at the end.
        settings: where to listen.
    """

    def __init__(self, gate: Gate, uploads: Uploads, settings: Settings) -> None:
        self._gate, self._uploads = gate, uploads
        self._server = uvicorn.Server(
            uvicorn.Config(
                gate.app,
                host=settings.host,
                port=settings.port,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                log_config=None if settings.json_logs else LOGGING_CONFIG,
                timeout_graceful_shutdown=FINISHING_S,
            )
        )
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._stop = threading.Event()

    def start(self) -> None:
        """Serve, in a thread; comes back when pages are answered.

        Raises:
            UserError: if the address is taken or cannot be had.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                self._uploads.close()
                at = f"{self._server.config.host}:{self._server.config.port}"
                raise UserError(f"cannot listen on {at}: it is taken, or no address of this machine; set PORT or HOST")
            self._thread.join(0.01)

    def wait(self) -> None:
        """Serve until SIGTERM or Ctrl+C, then stop: no new visitors, streams told, answers finished, uploads deleted."""
        while not self._stop.wait(SWEEP_S):
            with suppress(OSError):  # what cannot be deleted now is tried again
                self._uploads.sweep()
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._gate.streams.stop()
        self._thread.join(FINISHING_S + 2)
        self._uploads.close()

    def _run(self) -> None:
        with suppress(SystemExit):  # uvicorn's way to say that it cannot listen; its log says why
            self._server.run()
