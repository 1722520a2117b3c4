"""How good the shipped Storybook models are, on held-out scenes; whether their neurons steer; and what MS is worth there.

python -m tests.bench.storybook --json
"""

import json
from dataclasses import dataclass
from pathlib import Path

import tyro
from PIL import Image
from tqdm import tqdm

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import usual_where
from explorer.models.steering.spec import SteeringSpec
from explorer.models.steering.steerer import Steerer, load_steerer
from explorer.models.vlm.sampling import Sampling
from precompute.storybook.draw.render import render
from precompute.storybook.kinds import KINDS
from precompute.storybook.learn.exam import examine
from precompute.storybook.sample import empty_scene, sample_scene
from precompute.storybook.scene import SETTINGS, Scene
from precompute.storybook.words import SINGULAR, tokens
from tests.bench.storybook_names import names_right
from tests.bench.storybook_worth import worth

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STEERED = 10  # most steerable neurons
SCENES = 10  # each is raised on as many empty ones, and lowered on as many with its thing
FIRST_SEED = 6_000_000  # none that the models or the atlases have seen
PROMPT = "describe the image."


@dataclass(frozen=True)
class Bench:
    """Examine the shipped models."""

    json: bool = False
    """One line of JSON."""


def steering(atlas: Atlas, steerer: Steerer) -> dict[int, tuple[str, int, int]]:
    """For the most steerable neurons of kinds: the kind, on how many scenes raising inserted it, on how many lowering removed it.

    Which neurons, and how far and on which patches each is raised, is what the atlas says; it was found on other pictures.
    """
    frame = atlas.neurons[atlas.neurons["steers"].isin(list(SINGULAR))]
    best = frame.sort_values(["steerability", "neuron"], ascending=[False, True]).head(STEERED)
    counts, patches = {}, steerer.patches(usual_where(atlas))
    rows = best[["neuron", "steers", "steer_alpha", "max"]].itertuples(index=False)
    for neuron, word, alpha, strongest in tqdm(rows, total=len(best), unit="neuron", desc="steer", dynamic_ncols=True):
        kind = SINGULAR[word]
        raised, lowered = SteeringSpec(int(neuron), float(alpha), patches=patches), SteeringSpec(int(neuron), -float(strongest))
        inserted = [_says(kind, steerer, scene, raised) for scene in _empty()]
        removed = [not _says(kind, steerer, scene, lowered) for scene in _with(kind, steerer)]
        counts[int(neuron)] = (kind, sum(inserted), sum(removed))
    return counts


def success(steered: dict[int, tuple[str, int, int]]) -> float:
    """Share of the neurons that insert their kind, and remove it, each in at least eight of ten scenes."""
    return sum(min(inserted, removed) >= 8 for _, inserted, removed in steered.values()) / STEERED


def _empty() -> list[Scene]:
    return [empty_scene(FIRST_SEED + i, setting, weathers[0]) for i, (setting, weathers) in enumerate(SETTINGS.items())]


def _with(kind: str, steerer: Steerer) -> list[Scene]:
    """Scenes of this kind alone, of which the model says it by itself."""
    scenes, seed = [], FIRST_SEED
    while len(scenes) < SCENES:
        seed += 1
        scene = sample_scene(seed)
        if [bunch.kind for bunch in scene.bunches] == [kind] and _says(kind, steerer, scene):
            scenes.append(scene)
    return scenes


def _says(kind: str, steerer: Steerer, scene: Scene, spec: SteeringSpec | None = None) -> bool:
    key, sampling = f"{scene.seed} {scene.setting} {len(scene.bunches)}", Sampling()

    def picture() -> Image.Image:
        return Image.fromarray(render(scene).image)

    answers = (
        steerer.unsteered(key, picture, PROMPT, sampling)
        if spec is None
        else steerer.steered(key, picture, PROMPT, sampling, spec)
    )
    return bool({kind, KINDS[kind].plural} & set(tokens(list(answers)[-1])))


def assets_mb() -> float:
    """Megabytes of everything that ships."""
    return sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) / 1e6


def main(ask: Bench) -> None:
    storybook = ASSETS / "storybook"
    atlas = Atlas(storybook / "atlases" / "storybook-patches")
    steerer = load_steerer(atlas, str(storybook / "models" / "storybook-llava"))
    marks = examine(storybook / "models")._asdict()
    steered = steering(atlas, steerer)
    marks |= worth(storybook / "atlases") | names_right(storybook / "atlases")
    rest = {"steer_success": success(steered), "assets_mb": round(assets_mb(), 1)}
    result = {name: round(mark, 4) for name, mark in marks.items()} | rest
    if not ask.json:
        for neuron, (kind, inserted, removed) in steered.items():
            print(f"#{neuron:04d} {kind}: inserted in {inserted}, removed in {removed} of {SCENES} scenes")
    print(json.dumps(result))


if __name__ == "__main__":
    main(tyro.cli(Bench))
