"""The files of an SAE: `sae.safetensors`, the state dict, and `sae.json`, the shape."""

import json
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save_file

from explorer.errors import UserError
from explorer.models.sae.autoencoder import SparseAutoencoder
from explorer.models.sae.config import SaeConfig

WEIGHTS, CONFIG = "sae.safetensors", "sae.json"
HEADER = 100_000  # bytes that safetensors' header may take


def write_sae(sae: SparseAutoencoder, directory: Path) -> None:
    """Write both files."""
    directory.mkdir(parents=True, exist_ok=True)
    save_file({name: t.detach().contiguous() for name, t in sae.state_dict().items()}, directory / WEIGHTS)
    (directory / CONFIG).write_text(json.dumps(asdict(sae.config), indent=2) + "\n", encoding="utf-8")


def read_sae(directory: Path) -> SparseAutoencoder:
    """Read both files, for use (no gradients).

    Raises:
        UserError: if one is missing or damaged, or the two do not fit each other.
    """
    try:
        fields = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
        config = SaeConfig(**fields | {"group_sizes": tuple(fields["group_sizes"])})
        if (directory / WEIGHTS).stat().st_size > config.bytes + HEADER:
            raise ValueError(f"{WEIGHTS} is larger than {CONFIG} tells")
        state = load((directory / WEIGHTS).read_bytes())  # not mapped: a file cut later would kill
        return SparseAutoencoder.from_state(config, state)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, RecursionError, SafetensorError) as error:
        raise UserError(f"no usable SAE in {directory} ({error}); train it again") from error
