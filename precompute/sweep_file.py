"""A sweep as a TOML file: the options of `atlas`, of which any may be a list of values; → the atlases that it asks for.

    images = "photos"
    encoder = "openai/clip-vit-large-patch14-336"
    tap = ["11:cls", "22:cls"]
    sae = ["none", "batchtopk", "matryoshka"]
    expansion = [1, 4, 16]
    seed = [0, 1]

Combinations that differ only in options without effect are one atlas: an SAE of kind `none` has no expansion, K, steps or seed.
"""

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.atlas.manifest import slug
from explorer.atlas.manifest_file import first_error
from explorer.errors import UserError
from explorer.models.sae.config import KINDS
from precompute.atlas import Atlas

NOT_SWEPT = ("out", "name", "work", "force")  # a sweep decides these
LISTS = ("similarity", "similarity_embeddings", "fractions")  # options whose one value is a list
OF_TRAINING = ("expansion", "k", "fractions", "l1", "mono", "steps", "seed")
_ATLAS = TypeAdapter(Atlas)
OPTIONS = {field.name: field for field in fields(Atlas) if field.name not in NOT_SWEPT}
MOST = 1000  # atlases: far more are a slip


def read_sweep(file: Path, out: Path) -> list[Atlas]:
    """The atlases of a sweep, in the order of the file's combinations; each is named by the options that vary.

    Raises:
        UserError: if the file cannot be read, or asks for what there is not.
    """
    values = {name: _values(file, name, given) for name, given in _options(file).items()}
    asked = [_without_effect(_atlas(file, combination, out)) for combination in _combinations(values)]
    configs, varying = list(dict.fromkeys(asked)), [name for name, each in values.items() if len(each) > 1]
    if len(configs) > MOST:
        raise UserError(f"{file}: asks for {len(configs):,} atlases, at most {MOST:,} are built in one sweep; list fewer values")
    return [replace(config, out=out / _name(config, varying)) for config in configs]


def _options(file: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{file}: cannot be read as TOML ({error}); correct it") from None
    options = {name.replace("-", "_"): value for name, value in given.items()}
    for name in options:
        if name not in OPTIONS:
            raise UserError(f"{file}: there is no option {name}; {_instead(name)}")
    if "images" not in options:
        raise UserError(f'{file}: names no images; add images = "DIRECTORY"')
    return options


def _instead(name: str) -> str:
    if name in NOT_SWEPT:
        return "atlases are named by what varies, and --out says where they go; leave it out"
    near = get_close_matches(name, OPTIONS, 1)
    return f"did you mean {near[0]}?" if near else f"choose of {', '.join(OPTIONS)}"


def _values(file: Path, name: str, given: Any) -> list[Any]:
    """The values of one option: of an option that is a list itself, a list of lists has several."""
    several = isinstance(given, list) and (name not in LISTS or any(isinstance(value, list) for value in given))
    values = given if several else [given]
    if not values:
        raise UserError(f"{file}: {name} = []: lists no value; name one, or leave it out")
    return values


def _combinations(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values()))


def _atlas(file: Path, options: dict[str, Any], out: Path) -> Atlas:
    try:
        return _ATLAS.validate_python(options | {"out": out}, strict=False)
    except ValidationError as error:
        raise UserError(f"{file}: {first_error(error)}; correct it") from None


def _without_effect(config: Atlas) -> Atlas:
    """The same atlas, with the defaults of options that its SAE does not have."""
    unused = [name for name in OF_TRAINING if not _matters(config, name)]
    return replace(config, **{name: _default(OPTIONS[name]) for name in unused})


def _matters(config: Atlas, name: str) -> bool:
    if config.sae not in KINDS:  # none, or a released one; the seed also decides which tokens of a tap are read
        return name not in OF_TRAINING or (name == "seed" and "random" in config.tap)
    return {"l1": config.sae == "relu", "k": config.sae != "relu", "fractions": config.sae == "matryoshka"}.get(name, True)


def _default(field: Field[Any]) -> Any:
    assert field.default is not MISSING
    return field.default


def _name(config: Atlas, varying: Sequence[str]) -> str:
    """A name of the options that vary: `matryoshka-x4-k20-22-cls-seed1`."""
    parts = [_part(name, getattr(config, name)) for name in varying if _matters(config, name)]
    return slug("-".join(parts)) if parts else "atlas"


def _part(name: str, value: Any) -> str:
    told = "-".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    short = Path(told).stem if name in ("images", "encoder", "sae") else told
    return short if name in ("sae", "tap", "encoder", "images") else {"expansion": "x"}.get(name, name) + short
