"""A PostgreSQL of its own for tests: Debian's package, started in a temporary directory, on a socket and a free loopback port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHY = "PostgreSQL is not installed (Debian: apt-get install postgresql)"


def programs() -> Path | None:
    """Where initdb and postgres are; None where they are not installed."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The URL of a new, empty database; the server ends with the block. As root it runs as `nobody`, since it refuses root."""
    with tempfile.TemporaryDirectory(prefix="pg-") as made, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port, home = free.getsockname()[1], Path(made)
        free.close()
        user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(home, user)
        options = {"user": user, "cwd": home, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        options = options if os.getuid() == 0 else {name: value for name, value in options.items() if name != "user"}
        init = [programs / "initdb", "-D", home / "data", "-U", "study", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        subprocess.run(init, check=True, **options)
        command = [programs / "postgres", "-D", home / "data", "-p", str(port), "-h", "127.0.0.1", "-k", home, "-F"]
        server = subprocess.Popen(command, **options)
        try:
            url = f"postgresql://study@127.0.0.1:{port}/postgres"
            _await(url)
            yield url
        finally:
            server.send_signal(2)  # fast shutdown
            server.wait(20)


def _await(url: str) -> None:
    import time

    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("PostgreSQL did not start within 30 s")
