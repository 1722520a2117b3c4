"""Many atlases from one file, and one table of them: kinds of SAE, expansion factors, K, taps and seeds (PAPER.md §3).

Every atlas is built as `atlas` builds it, in one work directory, so what two of them have in common is made once.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from explorer.atlas.atlas import Atlas as Built
from explorer.atlas.manifest import MANIFEST
from explorer.errors import UserError
from precompute import atlas
from precompute.atlas import Atlas
from precompute.atomic_files import replacing, write_json
from precompute.evaluate.sweep_table import sweep_table
from precompute.evaluate.tables import show_table
from precompute.sweep_file import read_sweep

RECORD, TABLE = "sweep.json", "sweep"


@dataclass(frozen=True)
class Sweep:
    """Build an atlas for each combination of options that a TOML file lists, and one table of them beside the paper's numbers.

    Example: python -m precompute sweep sweep.toml --out atlases/sweep

    The file has the options of `atlas`; a list in place of a value sweeps over it: sae = ["none", "matryoshka"], k = [10, 20].
    The same command resumes after a kill, and builds what was added to the file since.
    """

    file: Positional[Path]
    """TOML file of options and lists of them."""
    out: Path = Path("atlases/sweep")
    """Directory of the atlases, which the explorer opens, and of the table: sweep.csv and sweep.parquet."""
    dry_run: bool = False
    """Check everything and say what would be built; build nothing."""


def run(config: Sweep) -> None:
    """Build what is not built yet, and write the table.

    Raises:
        UserError: if the file asks for what cannot be, or some of its atlases could not be built; then the others are.
    """
    configs = read_sweep(config.file, config.out)
    left = _not_built(config.out, configs)
    _check(left, len(configs))
    if config.dry_run:
        return
    failed = _build(config.out, left, len(configs))
    _write(config.out, [Built(each.out) for each in configs if each.out.name not in failed])
    if failed:
        told = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        raise UserError(f"{len(failed)} of {len(configs)} atlases could not be built, the others are: {told}")


def _not_built(out: Path, configs: Sequence[Atlas]) -> list[Atlas]:
    """Those that are not there yet; refuses a directory whose atlases are of other options."""
    known = _recorded(out)
    for config in configs:
        name = config.out.name
        if (config.out / MANIFEST).is_file() and known.get(name) != _as_json(config):
            raise UserError(f"--out {out}: holds an atlas {name} of other options; name another directory, or remove it")
    return [config for config in configs if not (config.out / MANIFEST).is_file()]


def _check(configs: Sequence[Atlas], count: int) -> None:
    """All of them before the first is built: what is wrong with the last is told in seconds, not after days."""
    print(f"sweep: {count} atlases, {len(configs)} of them to build")
    known = {}
    for config in configs:
        lines = atlas.check(config, known)
        print(f"sweep: {config.out.name}: {'; '.join(lines) or 'nothing to train'}")


def _build(out: Path, configs: Sequence[Atlas], count: int) -> dict[str, str]:
    """Build them one by one; returns why, by name, for those that could not be built."""
    failed = {}
    for number, config in enumerate(configs, start=1 + count - len(configs)):
        print(f"sweep: {number} of {count}, {config.out.name}")
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / RECORD, _recorded(out) | {config.out.name: _as_json(config)})
        try:
            atlas.run(config)
        except UserError as error:
            failed[config.out.name] = str(error)
    return failed


def _write(out: Path, atlases: Sequence[Built]) -> None:
    if not atlases:
        return
    table = sweep_table(atlases)
    with replacing(out / f"{TABLE}.csv") as partial:
        table.to_csv(partial, index=False)
    with replacing(out / f"{TABLE}.parquet") as partial:
        table.to_parquet(partial, index=False)
    show_table("Sweep, beside the paper's numbers for CLIP-L", table)
    print(f"sweep: {len(atlases)} atlases and {TABLE}.csv in {out}; MONOSCOPE_ATLASES={out} opens them")


def _recorded(out: Path) -> dict[str, Any]:
    """The options of the atlases that earlier runs began, by name."""
    try:
        return json.loads((out / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise UserError(f"{out / RECORD}: is damaged; remove it and the atlases beside it, or name another --out") from None


def _as_json(config: Atlas) -> dict[str, Any]:
    """The options as JSON gives them back; where the atlas lies is not one of them."""
    return json.loads(json.dumps({name: value for name, value in asdict(config).items() if name != "out"}, default=str))
