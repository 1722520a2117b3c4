"""What sharing takes: the packed default atlas, a Space of the built-in world, and whether that starts with its own packages.

python -m tests.bench.share --json
python -m tests.bench.share --clean --json   # also in a new virtual environment: installs its requirements, some minutes

`pack_mb`: the built-in atlas that the explorer opens on, packed. `pack_seconds`, `unpack_seconds`: wall time. `space_mb`: the
built-in world as a Space. `space_requirements`: packages. `space_start_seconds`: from the start to its first page, with the
packages of this environment; `clean_start_seconds` with those of its requirements.txt alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

from explorer.atlas.registry import open_atlases
from explorer.shipped import shipped
from precompute.sharing.pack import Pack
from precompute.sharing.pack import run as pack
from precompute.sharing.pinned import CPU_INDEX
from precompute.sharing.space import space, write_space
from precompute.sharing.unpack import Unpack
from precompute.sharing.unpack import run as unpack
from tests.serving import served


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clean", action="store_true", help="start the Space in a new virtual environment as well")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures = packed(Path(directory)) | spaced(Path(directory), clean=args.clean)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>22} {value:8.1f}" for name, value in figures.items()))


def packed(directory: Path) -> dict[str, float]:
    atlas = next(iter(open_atlases([shipped("storybook/atlases")]).atlases.values()))
    file = directory / "default.atlas.zip"
    begun = time.perf_counter()
    with redirect_stdout(None):
        pack(Pack(atlas.directory, file))
    between = time.perf_counter()
    with redirect_stdout(None):
        unpack(Unpack(file, directory / "atlases"))
    seconds = {"pack_seconds": between - begun, "unpack_seconds": time.perf_counter() - between}
    return {"pack_mb": round(file.stat().st_size / 1e6, 1)} | {name: round(value, 1) for name, value in seconds.items()}


def spaced(directory: Path, *, clean: bool) -> dict[str, float]:
    made, folder = space("bench/world", [], None, "cpu-basic"), directory / "space"
    write_space(made, folder)
    figures = {
        "space_mb": round(sum(made.sizes().values()) / 1e6, 1),
        "space_requirements": sum("==" in line for line in made.texts["requirements.txt"].splitlines()),
        "space_start_seconds": started(folder, sys.executable),
    }
    return figures | ({"clean_start_seconds": started(folder, clean_python(directory, folder))} if clean else {})


def clean_python(directory: Path, folder: Path) -> str:
    """A new environment with the Space's requirements; the index of CPU builds is left out, for it may be out of reach."""
    subprocess.run([sys.executable, "-m", "venv", str(directory / "venv")], check=True)
    wanted = directory / "requirements.txt"
    wanted.write_text((folder / "requirements.txt").read_text().replace(f"{CPU_INDEX}\n", ""))
    python = str(directory / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted)], check=True)
    return python


def started(folder: Path, python: str) -> float:
    begun = time.perf_counter()
    with served(folder=folder, python=python, SPACE_ID="bench/world"):
        return round(time.perf_counter() - begun, 1)


if __name__ == "__main__":
    main()
