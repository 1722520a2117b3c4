"""The check at the start: what is missing here, which part of the explorer that turns off, and what mends it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.steerable import can_steer
from explorer.settings import Settings


def missing(settings: Settings, library: Library) -> Iterator[str]:
    """A sentence for each part that is off; nothing where all work. Loads no model."""
    atlases = list(library.atlases.values())
    if not atlases:
        yield "no atlas is open, so pages have nothing to show: name some by MONOSCOPE_ATLASES, or make one (README)"
        return
    yield from _steering(settings, atlases)
    for off, lacks, mend in (
        ("Image reads no new picture for", _no_encoder, "put it back beside the atlas"),
        (
            "Image reads no new picture for",
            lambda a: a.manifest.encoder.library == "none",
            "its activations were brought as a file",
        ),
        ("Search finds by name alone in", lambda a: a.manifest.search is None, "`describe` adds the meanings of its neurons"),
        ("Map shows nothing of", lambda a: a.manifest.map is None, "`project` adds the places of its neurons"),
    ):
        yield from _turned_off(off, atlases, lacks, mend)
    if not settings.study_password:
        yield "the researcher's page is shut: MONOSCOPE_STUDY_PASSWORD opens it"


def _steering(settings: Settings, atlases: list[Atlas]) -> Iterator[str]:
    if settings.vlm is None:
        yield "Steer is off: MONOSCOPE_VLM names no vision-language model"
    elif Path(settings.vlm).is_dir() and not (Path(settings.vlm) / "config.json").is_file():
        yield f"Steer is off: MONOSCOPE_VLM={settings.vlm} is a directory without a model"
    elif not any(map(can_steer, atlases)):
        yield "Steer is off: no atlas here has an SAE on patch tokens that visitors may steer with"


def _turned_off(off: str, atlases: list[Atlas], lacks: Callable[[Atlas], bool], mend: str) -> Iterator[str]:
    names = [atlas.name for atlas in atlases if lacks(atlas)]
    if names:
        yield f"{off} {', '.join(names)}: {mend}"


def _no_encoder(atlas: Atlas) -> bool:
    """Whether its encoder is a directory beside it that is not there; one of the Hub is loaded when it is asked for."""
    encoder = atlas.manifest.encoder
    return encoder.local and not (atlas.directory / encoder.source).is_dir()
