"""The card of published atlases, the README.md of their data set: what each is, how it was made, its numbers, and a licence."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from explorer.atlas.manifest import Manifest, ModelInfo
from explorer.atlas.portable.contents import Whole
from explorer.models.sae.config import MATRYOSHKA_FRACTIONS
from precompute.sharing.pack import left_out

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def card(repository: str, wholes: Sequence[Whole], license: str, note: str) -> str:
    """The card as Markdown; what atlases say of themselves is escaped.

    Args:
        repository: USER/NAME.
        wholes: the atlases.
        license: of the pictures, as the Hub abbreviates it.
        note: on what the pictures show, to read before they are seen; "" for none.
    """
    return _ENVIRONMENT.get_template("card.md").render(
        repository=repository,
        license=license,
        note=" ".join(note.split()),
        stores=sorted({whole.manifest.image_store for whole in wholes}),
        atlases=[_atlas(whole) for whole in wholes],
    )


def _atlas(whole: Whole) -> dict[str, Any]:
    about = whole.manifest
    return {
        "name": about.name,
        "rows": [{"what": what, "is": _cell(text)} for what, text in _rows(whole)],
        "ms": [{"name": name, **_ms(about, name)} for name in about.metrics.ms],
        "commands": commands(about),
        "left_out": left_out(whole),
    }


def _rows(whole: Whole) -> Iterator[tuple[str, str]]:
    about = whole.manifest
    sae, metrics = about.sae, about.metrics
    yield "encoder", f"{_model(about.encoder)}, read at tap {about.tap.name}, {about.tap.tokens:,} vectors an image"
    yield "SAE", "none: the encoder's own dimensions" if sae.kind == "none" else f"{sae.kind}, k = {sae.k}, {sae.width} wide"
    yield "neurons", f"{sae.neurons:,}, {metrics.dead:,} dead"
    yield "images", f"{about.dataset.images:,} of {about.dataset.name}, fingerprint {about.dataset.fingerprint}"
    yield "R², L0", f"{'–' if metrics.r2 is None else format(metrics.r2, '.3f')}, {metrics.l0:.1f}"
    if about.names:
        yield "names", f"by {about.names.model}, of {about.names.words:,} words"
    if about.steering:
        yield "steering", f"tried on {about.steering.model} with “{about.steering.prompt}”"
    yield "size", f"{whole.bytes / 1e6:.1f} MB in {len(whole.files)} files"
    yield "made", f"{about.created}, with {', '.join(f'{name} {number}' for name, number in about.versions.items())}"


def _ms(about: Manifest, name: str) -> dict[str, str]:
    summary = about.metrics.ms[name]
    numbers = {"best": summary.best, "mean": summary.mean, "floor": summary.floor}
    shown = {what: "–" if value is None else f"{value:.2f}" for what, value in numbers.items()}
    return shown | {"alive": f"{summary.alive:,}"}


def commands(about: Manifest) -> list[str]:
    """The commands that make such an atlas from the same pictures; capitals stand for what the manifest does not know."""
    made = ["atlas", "--images", "IMAGES", *_read(about), *_sae(about), *_similarity(about), "--pooling", about.pooling]
    out = f"atlases/{about.name}"
    wanted = [[*made, "--out", out]]
    if about.names or about.steering:
        wanted.append(["describe", out, *(["--vlm", about.steering.model] if about.steering else [])])
    if about.map:
        wanted.append(["project", out, "--on", about.map.of, "--seed", str(about.map.seed)])
    return [f"python -m precompute {' '.join(shlex.quote(_cell(word)) for word in words)}" for words in wanted]


def _read(about: Manifest) -> list[str]:
    if about.encoder.library == "none":
        return ["--activations", "ACTIVATIONS.safetensors"]
    return ["--encoder", about.encoder.source, "--tap", about.tap.name]


def _sae(about: Manifest) -> list[str]:
    sae = about.sae
    if sae.kind == "none":
        return ["--sae", "none"]
    if sae.steps is None:
        return ["--sae", "SAE"]  # one that was brought: nobody counted its steps
    fractions = [size / sae.neurons for size in sae.group_sizes]
    usual = len(fractions) == len(MATRYOSHKA_FRACTIONS) and all(
        abs(one - other) <= 1 / sae.neurons for one, other in zip(fractions, MATRYOSHKA_FRACTIONS, strict=True)
    )
    groups = [] if sae.kind != "matryoshka" or usual else ["--fractions", *(f"{share:.6g}" for share in fractions)]
    seed = [] if sae.seed is None else ["--seed", str(sae.seed)]
    size = ["--sae", sae.kind, "--expansion", f"{sae.neurons / sae.width:g}", "--k", str(sae.k)]
    return [*size, *groups, "--steps", str(sae.steps), *seed]


def _similarity(about: Manifest) -> list[str]:
    loaded = [info.source for info in about.similarity if info.library != "none"]
    brought = [f"{info.name}.safetensors" for info in about.similarity if info.library == "none"]
    return [*(["--similarity", *loaded] if loaded else []), *(["--similarity-embeddings", *brought] if brought else [])]


def _model(info: ModelInfo) -> str:
    return info.name if info.library == "none" or info.local else info.source


def _cell(text: str) -> str:
    """One line that breaks no table."""
    return " ".join(text.split()).replace("|", "/")
