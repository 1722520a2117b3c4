"""What a visitor waits for, in Chromium on loopback: the explorer to be there, and an uploaded scene's ranked neurons.

    python -m tests.bench.visit --json

On the atlases that ship. `upload_first_ms` is the first upload after the start, made as soon as the page is there.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from tests.serving import ROOT, served

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEED, UPLOADS = 7_900_000, 20
RANKED = "before => !document.querySelector('#fired .ghost') && document.querySelector('#fired a') && fired.innerHTML !== before"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--uploads", type=int, default=UPLOADS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        figures = measure(_scenes(Path(directory), args.uploads + 1), Path(directory))
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>16} {value:8.1f}" for name, value in figures.items()))


def measure(pictures: list[Path], scratch: Path) -> dict[str, float]:
    """Start it, open the Image page, upload one picture after the other."""
    begun = time.perf_counter()
    answers = str(scratch / "answers.sqlite")
    with served(ROOT / "assets/storybook/atlases", MONOSCOPE_ANSWERS=answers) as site, sync_playwright() as driver:
        ready = time.perf_counter() - begun
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{site.url}/image")
        page.wait_for_selector("#examples img")
        took = [_upload(page, picture) for picture in pictures]
        browser.close()
    return {
        "ready_seconds": round(ready, 2),
        "upload_first_ms": round(took[0], 1),
        "upload_ms_p50": round(float(np.percentile(took[1:], 50)), 1),
        "upload_ms_p95": round(float(np.percentile(took[1:], 95)), 1),
    }


def _upload(page: "Page", picture: Path) -> float:
    before, begun = page.locator("#fired").inner_html(), time.perf_counter()
    page.locator("input[type=file]").set_input_files(picture)
    page.wait_for_function(RANKED, arg=before)
    return 1000 * (time.perf_counter() - begun)


def _scenes(directory: Path, count: int) -> list[Path]:
    paths = [directory / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.fromarray(render(sample_scene(SEED + number, "heldout")).image).save(path)
    return paths


if __name__ == "__main__":
    main()
