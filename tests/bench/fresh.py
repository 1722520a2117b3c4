"""From nothing to a served page, packages coming from pip's cache or the registry.

    python -m tests.bench.fresh --json

`cold_start_seconds`: a fresh clone, `make app`; `second_start_seconds`: `make app` there again. `wheel_start_seconds`: a wheel of
this checkout, which is built before, installed into a fresh environment; `monoscope serve` in an empty directory.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 900


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", choices=["clone", "wheel"], help="a part of the figures")
    args = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        if args.only != "wheel":
            figures |= clone_figures(Path(directory) / "clone")
        if args.only != "clone":
            figures["wheel_start_seconds"] = wheel_seconds(Path(directory))
    figures["load_average"] = os.getloadavg()[0]
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>22} {value:7.1f}" for name, value in figures.items()))


def clone_figures(clone: Path) -> dict[str, float]:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)

    def make(port: int) -> list[str]:
        return ["make", "app", f"PORT={port}"]

    return {"cold_start_seconds": served_after(make, clone), "second_start_seconds": served_after(make, clone)}


def wheel_seconds(directory: Path) -> float:
    """Seconds from a wheel to the first answer, in a directory that holds nothing else."""
    dist, empty, fresh = (directory / name for name in ("dist", "empty", "fresh"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = dist.iterdir()
    empty.mkdir()
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "venv", str(fresh)], check=True)
    install = [str(fresh / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel), "-c", str(ROOT / "constraints.txt")]
    subprocess.run(install, cwd=empty, check=True)
    began = time.perf_counter() - start
    return began + served_after(lambda port: [str(fresh / "bin/monoscope"), "serve", "--port", str(port)], empty)


def served_after(command: Callable[[int], list[str]], directory: Path) -> float:
    """Seconds from a command, which is told a port, to the first answer of the browse page; what was started is ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MONOSCOPE_", "PYTHONPATH"))}
    start = time.perf_counter()
    with open(directory.parent / "log", "wb") as log:
        process = subprocess.Popen(command(port), cwd=directory, env=env, stdout=log, stderr=log, start_new_session=True)
        try:
            while time.perf_counter() - start < LIMIT_S and process.poll() is None:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200:
                        return time.perf_counter() - start
                except httpx.HTTPError:
                    time.sleep(0.2)
            raise SystemExit(f"no page was served: {(directory.parent / 'log').read_text(errors='replace')[-2000:]}")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)


if __name__ == "__main__":
    main()
