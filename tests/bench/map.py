"""Measure the map of 65,536 neurons: frames per second while it is panned, with software GL, and server time of its points.

python -m tests.bench.map --json
python -m tests.bench.map --plotly   # Plotly's scattergl on the same points, for comparison
"""

import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import tyro
from playwright.sync_api import Page, sync_playwright

from explorer.atlas.atlas import Atlas
from explorer.atlas.format import replace_neurons
from explorer.atlas.manifest import MapInfo
from tests.bench.app.large import make_large_atlas
from tests.serving import served

NEURONS = 65_536
SECONDS = 3.0
IMAGES = 2000
BLOBS = 40  # of neurons on the map
REQUESTS = 40
CHROMIUM = "/usr/bin/chromium"
SOFTWARE_GL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAN = """([target, seconds]) => new Promise((done) => {
    const box = target.getBoundingClientRect();
    const at = (kind, dx, dy) => target.dispatchEvent(new (kind.startsWith('mouse') ? MouseEvent : PointerEvent)(kind, {
        bubbles: true, pointerId: 1, pointerType: 'mouse', button: 0, buttons: 1,
        clientX: box.left + box.width / 2 + dx, clientY: box.top + box.height / 2 + dy }));
    const both = (kind, dx, dy) => (at('pointer' + kind, dx, dy), at('mouse' + kind, dx, dy));
    both('down', 0, 0);
    const begun = performance.now();
    let frames = 0;
    const frame = () => {
        const past = (performance.now() - begun) / 1000;
        if (past > seconds) return both('up', 0, 0), done(frames / past);
        frames += 1;
        both('move', 150 * Math.sin(3 * past), 100 * Math.cos(3 * past) - 100);
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
})"""


@dataclass(frozen=True)
class MapBench:
    """Measure the map."""

    neurons: int = NEURONS
    """Points of the map."""
    plotly: bool = False
    """Measure Plotly's scattergl on as many points, in place of the app."""
    json: bool = False
    """Print one JSON object."""


def map_fps(page: Page, selector: str = ".map-points", seconds: float = SECONDS) -> float:
    """Frames per second while a hand drags a map that is drawn already."""
    page.wait_for_timeout(500)
    return page.evaluate(PAN, [page.locator(selector).first.element_handle(), seconds])


def map_times(url: str, atlas: str, requests: int = REQUESTS) -> list[float]:
    """Milliseconds that the server takes for the points, on one connection."""
    import httpx

    with httpx.Client(base_url=url, timeout=60) as client:
        times = []
        for _ in range(requests):
            begun = time.perf_counter()
            client.get(f"/map-points/{atlas}.bin").raise_for_status()
            times.append(1000 * (time.perf_counter() - begun))
        return times


def add_places(directory: Path) -> None:
    """Put the neurons of a generated atlas on a map, in blobs, as UMAP leaves them."""
    atlas, rng = Atlas(directory), np.random.default_rng(7)
    places = rng.uniform(0.1, 0.9, (BLOBS, 2))[rng.integers(0, BLOBS, len(atlas))] + rng.normal(0, 0.03, (len(atlas), 2))
    table = atlas.neurons.assign(map_x=places[:, 0].clip(0, 1), map_y=places[:, 1].clip(0, 1))
    source = MapInfo(of="concepts", method="random places", neighbours=15, seed=7)
    about = atlas.manifest.model_copy(update={"map": source})
    replace_neurons(directory, about, pa.Table.from_pandas(table, preserve_index=False))


def of_app(neurons: int) -> dict[str, float]:
    """The app's own map."""
    with tempfile.TemporaryDirectory() as directory:
        add_places(make_large_atlas(Path(directory), neurons, IMAGES))
        with served(Path(directory)) as site, sync_playwright() as driver:
            times = map_times(site.url, "large")
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{site.url}/map?atlas=large")
            page.wait_for_selector(".map[data-ready]", timeout=120_000)
            fps = map_fps(page)
            browser.close()
    return {"map_fps": fps, "p95_map_ms": float(np.quantile(times, 0.95)), "first_map_ms": times[0]}


def of_plotly(neurons: int) -> dict[str, float]:
    """Plotly's scattergl, with nothing else on the page."""
    import plotly.graph_objects as go

    rng = np.random.default_rng(0)
    x, y, ms = rng.normal(size=(3, neurons)).astype(np.float32)
    trace = go.Scattergl(x=x, y=y, mode="markers", marker={"size": 3, "color": ms}, hoverinfo="none")
    figure = go.Figure(trace, {"dragmode": "pan", "width": 1200, "height": 700})
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as driver:
        file = Path(directory) / "plotly.html"
        figure.write_html(file, include_plotlyjs=True)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri())
        page.wait_for_selector(".nsewdrag", timeout=120_000)
        page.wait_for_timeout(3000)
        fps = map_fps(page, ".nsewdrag")
        browser.close()
    return {"plotly_map_fps": fps}


def main(config: MapBench) -> None:
    """Measure and print."""
    figures = of_plotly(config.neurons) if config.plotly else of_app(config.neurons)
    if config.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:16}{value:8.1f}")


if __name__ == "__main__":
    main(tyro.cli(MapBench))
