"""Whether the names that images give fit, and whether their score tells.

    python -m tests.bench.names --json

On 500 photographs of ten classes with genuine CLIP ViT-B/32 vectors (`../shared/real/clip-vit-b32`), neurons of a small SAE are
named by 1,203 categories of LVIS. `name_auc`: of the score, for "it is class-pure, and its name is the class or a kind of it".
`name_density_spearman`: of score and number of images fired on, without its sign. `names_fitting`: share of shown names that are
the class, or a kind of it, of most of the neuron's strongest images, each weighted by its activation; `names_fitting_pure`: the
same of class-pure neurons. On Storybook: `names_right`: share of shown names that are true of most of the strongest scenes.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS
from precompute.__main__ import main as precompute
from precompute.naming.by_images import Names, name_by_images
from precompute.naming.shown import embed_shown
from precompute.naming.spaces import of_model
from precompute.storybook.evaluate.kind_tree import scene_of
from precompute.storybook.truth import attributes
from precompute.storybook.vocabulary import nameable

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "real" / "clip-vit-b32"
STORYBOOK = ROOT / "assets" / "storybook" / "atlases"
ATLASES = ("storybook", "storybook-patches", "storybook-batchtopk", "storybook-baseline")
PURE = 0.8  # share of the weight of a class-pure neuron's images that one class has
OF_CLASS = {  # names of LVIS that say one of the classes, or a kind of it
    "airplane": "airplane,fighter jet,jet plane,seaplane",
    "automobile": "car (automobile),cab (taxi),convertible (automobile),jeep,limousine,minivan,motor vehicle,police cruiser,"
    "race car",
    "bird": "bird,cock,chicken (animal),crow,dove,duck,duckling,eagle,flamingo,goose,gull,heron,hummingbird,mallard,ostrich,owl,"
    "parakeet,parrot,pelican,penguin,pigeon,puffin,seabird,vulture",
    "cat": "cat,kitten",
    "deer": "deer,elk,gazelle",
    "dog": "dog,bulldog,dalmatian,pug-dog,puppy,shepherd dog",
    "frog": "frog",
    "horse": "horse,foal,pony",
    "ship": "boat,barge,cargo ship,cruise ship,ferry,houseboat,passenger ship,river boat,yacht",
    "truck": "truck,fire engine,garbage truck,pickup truck,tow truck,trailer truck,motor vehicle",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    with redirect_stdout(sys.stderr):  # what the stages say
        figures = on_photographs() | on_storybook()
    print(json.dumps(figures) if as_json else "\n".join(f"{name:>22} {value:9.3f}" for name, value in figures.items()))


def on_photographs() -> dict[str, float]:
    """Name the neurons of a new atlas; nothing where there are no photographs."""
    if not REAL.is_dir():
        print(f"names on photographs: skipped, {REAL} is absent", file=sys.stderr)
        return {}
    with tempfile.TemporaryDirectory() as directory:
        atlas = real_atlas(REAL, Path(directory))
        shares = [shares_of(atlas, neuron, lambda key, label: {label}) for neuron in range(len(atlas))]
    living = atlas.fires_on() > 0
    scores = atlas.neurons["name_score"].to_numpy()
    classes = [max(share, key=lambda label: share[label], default="") for share in shares]
    of_class = np.array([fits(name, label) for name, label in zip(atlas.neurons["name"], classes, strict=True)])
    most = np.array([max(share.values(), default=0.0) for share in shares])
    shown = scores >= FITS
    return {
        "name_auc": auc(scores[living], (of_class & (most >= PURE))[living]),
        "name_density_spearman": abs(spearman(scores[living], atlas.fires_on()[living])),
        "names_fitting": float((of_class & (most > 0.5))[shown].mean()),
        "names_fitting_pure": float(of_class[shown & (most >= PURE)].mean()),
        "names_shown": int(shown.sum()),
        "neurons": int(living.sum()),
    }


def real_atlas(real: Path, directory: Path) -> Atlas:
    """Make an atlas of the photographs from their brought vectors, 128 neurons, and name them by brought text vectors."""
    vectors, out = real / "image_embeddings.safetensors", directory / "atlases" / "photos"
    brought = f"--images {real} --labels {real}/labels.csv --activations {vectors} --similarity-embeddings {vectors}"
    told = f"--text-embeddings {real}/lvis_text_embeddings.safetensors --vocabulary {real}/lvis_names.txt"
    for command in (
        f"atlas {brought} --expansion 0.25 --k 8 --steps 1000 --workers 0 --out {out}",
        f"describe {out} {told} --work {directory}",
    ):
        if precompute(command.split()) != 0:
            raise SystemExit(f"python -m precompute {command} failed")
    return Atlas(out)


def fits(name: str, label: str) -> bool:
    """Whether a name of LVIS says a class, or a kind of it."""
    return name in OF_CLASS.get(label, "").split(",")


def on_storybook() -> dict[str, float]:
    """Name the neurons of the built-in atlases again, by their own encoder."""
    right = {name: right_names(atlas, storybook_names(atlas)) for name in ATLASES for atlas in [Atlas(STORYBOOK / name)]}
    together = np.concatenate(list(right.values()))
    each = {f"names_right_{name.replace('-', '_')}": float(of.mean()) for name, of in right.items()}
    return {"names_right": float(together.mean()), "names_shown_storybook": len(together)} | each


def storybook_names(atlas: Atlas) -> Names:
    """Name the neurons by Storybook's words."""
    space = of_model(atlas, list(nameable()), None)
    shown = embed_shown(atlas, space)
    assert shown is not None
    return name_by_images(shown, space)


def right_names(atlas: Atlas, names: Names) -> np.ndarray:
    """For every shown name, whether it is true of most of the neuron's strongest scenes."""
    shown = np.flatnonzero(names.scores >= FITS).tolist()
    return np.array([shares_of(atlas, neuron, truths)[names.names[neuron]] > 0.5 for neuron in shown])


def truths(key: str, label: str) -> set[str]:
    """What can be said of the scene of an image file."""
    scene = scene_of(key)
    return {told.split(":", 1)[1] for told in attributes(scene)} if scene else set()


def shares_of(atlas: Atlas, neuron: int, said: Callable[[str, str], set[str]]) -> dict[str, float]:
    """The share of a neuron's strongest images, each weighted by its activation, of which each word is said.

    Args:
        said: from an image's key and label to words.
    """
    tops, shares = atlas.top_images(neuron), defaultdict(float)
    whole = sum(top.activation for top in tops)
    for top in tops:
        about = atlas.images.about(top.image)
        for word in said(about.key, about.label):
            shares[word] += top.activation / whole
    return shares


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """The chance that a positive has a larger score than a negative; ties count half."""
    more = scores[positive][:, None] - scores[~positive]
    return float(((more > 0) + (more == 0) / 2).mean())


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of ranks; ties have their mean rank."""
    return float(np.corrcoef(pd.Series(one).rank(), pd.Series(other).rank())[0, 1])


if __name__ == "__main__":
    main()
