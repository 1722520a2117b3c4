"""A Space: the directory that shows chosen atlases on the Hugging Face Hub, with what the explorer needs and nothing else.

    app.py  README.md  requirements.txt  explorer/  assets/  atlases/NAME  atlases/images-…  models/…  vlm/…

Models that an atlas names by a directory lie where it says, from `atlases/NAME`; in `vlm/` a vision-language model from here.
"""

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import explorer
from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import MANIFEST, ModelInfo
from explorer.atlas.portable.contents import Whole, whole_atlas
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError
from explorer.operations.prepared import FILE as PREPARED
from explorer.shipped import shipped
from precompute.sharing.hardware import HARDWARE, Hardware
from precompute.sharing.pinned import requirements
from precompute.sharing.prepare import prepare

ATLASES, VLM = "atlases", "vlm"
NOT_SERVED = ("storybook", "screenshots")  # of assets: the built-in world is copied as far as it is chosen
BUILT_IN_VLM = "storybook/models/storybook-llava"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=False, undefined=StrictUndefined, trim_blocks=True
)  # no HTML: front matter, and Python whose values are written by `repr`


@dataclass(frozen=True)
class Space:
    """What is to be in a Space: by their path there, files of this machine and texts that are made for it."""

    files: dict[str, Path]
    texts: dict[str, str]
    hardware: Hardware
    settings: dict[str, str] = field(default_factory=dict)
    """Environment variables that its entry sets where nobody set them."""

    def sizes(self) -> dict[str, int]:
        """Bytes of each part of it."""
        sizes: dict[str, int] = {}
        for path, file in self.files.items():
            part = "/".join(path.split("/")[:2]) if path.startswith((f"{ATLASES}/", "models/", f"{VLM}/")) else path.split("/")[0]
            sizes[part] = sizes.get(part, 0) + file.stat().st_size
        return sizes | {path: len(text.encode()) for path, text in self.texts.items()}


def space(name: str, atlases: Sequence[Path], vlm: str | None, hardware: str, answers: int = 0) -> Space:
    """Choose the files of a Space; all atlases are read and found whole.

    Args:
        name: USER/NAME.
        atlases: directories; the built-in ones if there are none.
        vlm: the model to steer, by Hub id or directory; None: the built-in one where an atlas was steered with it.
        hardware: that the Space runs on, one of `HARDWARE`.
        answers: first questions about each atlas that can steer that are answered now, by that model.

    Raises:
        UserError: if an atlas is not whole, or names a model in a place that a Space cannot have.
    """
    chosen = list(atlases) or _built_in()
    wholes = [whole_atlas(directory) for directory in chosen]
    files = _app() | _shown(wholes)
    for directory, whole in zip(chosen, wholes, strict=True):
        files |= _models(directory, whole)
        files |= _tables(directory)
    source = vlm or _usual_vlm(wholes)
    model, its_files = _vlm(source)
    settings = {"MONOSCOPE_ATLASES": ATLASES} | ({"MONOSCOPE_VLM": model} if model else {})
    texts = {
        "app.py": _ENVIRONMENT.get_template("space_app.py.jinja").render(settings=settings),
        "README.md": _readme(name, wholes, None if its_files else model, HARDWARE[hardware]),
        "requirements.txt": requirements(HARDWARE[hardware]),
    }
    if source and answers:
        texts |= _answers(chosen, source, answers)
    return Space(files | its_files, texts, HARDWARE[hardware], settings)


def write_space(made: Space, directory: Path) -> None:
    """Write a Space as a directory, which must be new or empty.

    Raises:
        UserError: if something is there.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UserError(f"--out {directory}: something is there; name a new directory")
    for path, file in made.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(file.read_bytes())
    for path, text in made.texts.items():
        (directory / path).write_text(text, encoding="utf-8")


def _built_in() -> list[Path]:
    return sorted(path.parent for path in shipped("storybook/atlases").glob(f"*/{MANIFEST}"))


def _app() -> dict[str, Path]:
    """The explorer, and the assets that it serves."""
    package, assets = Path(explorer.__file__).parent, shipped("")
    code = {f"explorer/{path}": file for path, file in _below(package) if path.split("/")[0] != "assets"}
    served = {f"assets/{path}": file for path, file in _below(assets) if path.split("/")[0] not in NOT_SERVED}
    return code | served


def _below(directory: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a directory but hidden and compiled ones, by its path there."""
    for file in sorted(directory.rglob("*")):
        path = file.relative_to(directory)
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in path.parts):
            yield path.as_posix(), file


def _shown(wholes: Sequence[Whole]) -> dict[str, Path]:
    names = [whole.manifest.name for whole in wholes]
    if len(set(names)) < len(names):
        raise UserError(f"atlases {', '.join(names)}: two have one name; a Space shows each name once")
    return {f"{ATLASES}/{path}": file for whole in wholes for path, file in whole.files.items()}


def _models(directory: Path, whole: Whole) -> dict[str, Path]:
    """The models that an atlas names by a directory, where it looks for them."""
    about = whole.manifest
    named: list[ModelInfo] = [about.encoder, *([] if about.search is None else [about.search.model])]
    files: dict[str, Path] = {}
    for info in named:
        if not info.local:
            continue
        place = posixpath.normpath(posixpath.join(ATLASES, about.name, info.source))
        source = directory / info.source
        if place.startswith("..") or place.split("/")[0] in (ATLASES, "explorer", "assets", "."):
            raise UserError(f"atlas {directory} names its model {info.source}, and a Space cannot have that place; move it")
        if not source.is_dir():
            raise UserError(f"atlas {directory} names its model {info.source}, and it is not there; put it there first")
        files |= {f"{place}/{path}": file for path, file in _below(source)}
    return files


def _tables(directory: Path) -> dict[str, Path]:
    """The tables of truth of the atlases beside this one, which the Report page shows."""
    report = directory.parent / "report"
    tables = _below(report) if (report / "sources.json").is_file() else iter(())
    return {f"{ATLASES}/report/{path}": file for path, file in tables}


def _usual_vlm(wholes: Sequence[Whole]) -> str | None:
    """The built-in model, where an atlas was steered with it."""
    built_in = shipped(BUILT_IN_VLM)
    tried = {whole.manifest.steering.model for whole in wholes if whole.manifest.steering}
    return str(built_in) if built_in.name in tried and built_in.is_dir() else None


def _vlm(source: str | None) -> tuple[str | None, dict[str, Path]]:
    """The model to steer as the Space names it, and its files where it is not on the Hub."""
    if source is None or not os.path.isdir(source):
        return source, {}
    place = f"{VLM}/{Path(source).resolve().name}"
    return place, {f"{place}/{path}": file for path, file in _below(Path(source))}


def _answers(atlases: Sequence[Path], source: str, most: int) -> dict[str, str]:
    """Prepared answers for each atlas whose neurons that model can be steered with."""
    texts = {}
    for directory in atlases:
        if can_steer(atlas := Atlas(directory)):
            text, number = prepare(directory, source, most)
            texts |= {f"{ATLASES}/{atlas.name}/{PREPARED}": text} if number else {}
    return texts


def _readme(name: str, wholes: Sequence[Whole], preload: str | None, hardware: Hardware) -> str:
    return _ENVIRONMENT.get_template("space_readme.md").render(
        title=name.split("/")[1],
        atlases=[whole.manifest.name for whole in wholes],
        preload=preload,
        hardware=hardware,
    )
