"""Released SAEs: files of dictionary_learning, SAELens and saev, on this machine or on the Hub, and files that those can load.

Tensors are read by safetensors, or by torch.load with `weights_only`, which builds tensors and runs no code of a file.
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from explorer.errors import UserError
from explorer.models.hub import hub
from explorer.models.sae import layouts
from explorer.models.sae.autoencoder import SparseAutoencoder

SETTINGS, WEIGHTS = "cfg.json", "sae_weights.safetensors"  # of SAELens
FORMATS = ("dictionary_learning", "sae_lens")


def import_sae(source: str) -> SparseAutoencoder:
    """Read a released SAE.

    Args:
        source: a `.pt` file of dictionary_learning or saev, a directory of SAELens, or one of these on the Hub as
            OWNER/REPOSITORY/PATH/IN/IT.

    Raises:
        UserError: if it cannot be found or read, is of an unknown layout, or does something that ours cannot; nothing is loaded.
    """
    path = _on_this_machine(source)
    try:
        return _of_sae_lens(path) if path.is_dir() else _of_a_file(path)
    except UnpicklingError as error:
        raise UserError(f"{source}: holds more than tensors, and would run code when it is loaded; it was not loaded") from error
    except KeyError as error:
        raise UserError(f"{source}: has no {error}; is it an SAE of dictionary_learning, SAELens or saev?") from error
    except (OSError, ValueError, TypeError, AttributeError, RuntimeError, EOFError, SafetensorError) as error:
        raise UserError(f"{source}: no SAE that can be read ({_first_line(error)})") from error


def export_sae(sae: SparseAutoencoder, to: str, out: Path) -> None:
    """Write an SAE for another library: the file `out` for dictionary_learning, the directory `out` for SAELens."""
    if to == "dictionary_learning":
        out.parent.mkdir(parents=True, exist_ok=True)
        torch.save({name: tensor.detach().clone() for name, tensor in layouts.to_dictionary_learning(sae).items()}, out)
        return
    settings, state = layouts.to_sae_lens(sae)
    out.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in state.items()}, out / WEIGHTS)
    (out / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _of_sae_lens(directory: Path) -> SparseAutoencoder:
    settings = json.loads((directory / SETTINGS).read_text(encoding="utf-8"))
    return layouts.from_sae_lens(settings, load((directory / WEIGHTS).read_bytes()))


def _of_a_file(path: Path) -> SparseAutoencoder:
    data = path.read_bytes()
    if data[:1] == b"{":  # saev: a line of JSON, then what torch.save wrote
        return layouts.from_saev(_tensors(data[data.index(b"\n") + 1 :]))
    return layouts.from_dictionary_learning(_tensors(data), topk=_told_topk(path))


def _told_topk(file: Path) -> bool:
    """Whether dictionary_learning's `config.json`, beside its `ae.pt` or above `checkpoints/`, names its TopK."""
    for directory in (file.parent, file.parent.parent):
        try:
            settings = json.loads((directory / "config.json").read_text(encoding="utf-8"))
            return settings["trainer"]["dict_class"] == "AutoEncoderTopK"
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return False


def _tensors(data: bytes) -> dict[str, Tensor]:
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (KeyError, IndexError) as error:  # of bytes that are no pickle
        raise ValueError("not a file of torch.save") from error
    if not isinstance(state, dict):
        raise ValueError("it holds no tensors by name")
    return {name: torch.as_tensor(value) for name, value in state.items()}


def _on_this_machine(source: str) -> Path:
    """The file or directory, fetched from the Hub if need be.

    Raises:
        UserError: if it is neither here nor there.
    """
    path = Path(source)
    if path.exists():
        return path
    owner, _, rest = source.partition("/")
    name, _, within = rest.partition("/")
    if not (owner and name and within) or source.startswith((".", "/", "~")):
        raise UserError(f"{source}: there is no such file; name one, or one on the Hub as OWNER/REPOSITORY/PATH/IN/IT")
    fetch = _fetcher(f"{owner}/{name}", source)
    if Path(within).suffix in (".pt", ".pth"):
        return fetch(within)
    fetch(f"{within}/{SETTINGS}")
    return fetch(f"{within}/{WEIGHTS}").parent


def _fetcher(repository: str, source: str) -> Callable[[str], Path]:
    def fetch(file: str) -> Path:
        from huggingface_hub import hf_hub_download

        try:
            with hub(source):
                return Path(hf_hub_download(repository, file))
        except Exception as error:  # whatever the client's library raises
            raise UserError(
                f"{source}: neither here nor to be had from the Hub ({type(error).__name__} for {file} of {repository})"
            ) from error

    return fetch


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
