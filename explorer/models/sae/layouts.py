"""How other libraries lay an SAE out: their tensors and settings → ours, exactly; and back.

dictionary_learning: `W_enc (d, ω)`, `b_enc`, `W_dec (ω, d)`, `b_dec`, or else `encoder.weight (ω, d)`, `encoder.bias`,
    `decoder.weight (d, ω)` and `b_dec` or `bias`; with them `k`, `threshold`, `group_sizes`, or none of these for ReLU.
SAELens: `W_enc (d, ω)`, `b_enc`, `W_dec (ω, d)`, `b_dec`, `threshold`; which neurons fire is the `architecture` in cfg.json.
saev: `W_enc (d, ω)`, `b_enc`, `W_dec (ω, d)`, `b_dec`; ReLU.

A threshold is one for all neurons, or one for each (JumpReLU). What an SAE needs that ours has no place for is refused.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explorer.models.sae.autoencoder import SparseAutoencoder
from explorer.models.sae.config import Kind, SaeConfig

State = Mapping[str, Tensor]


def from_dictionary_learning(state: State, topk: bool) -> SparseAutoencoder:
    """Of one of its `.pt` files.

    Args:
        state: its tensors.
        topk: each vector's k largest fire. Files of its TopK and its BatchTopK are alike, so it must be told.

    Raises:
        KeyError: if a tensor is missing.
        ValueError: if the tensors do not fit one another.
    """
    if "encoder.weight" in state:
        names = {"W_dec": state["decoder.weight"].T, "W_enc": state["encoder.weight"].T, "b_enc": state["encoder.bias"]}
        names["b_dec"] = state["b_dec" if "b_dec" in state else "bias"]
    else:
        names = {name: state[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec")}
    if "k" not in state:
        return _sae("relu", 1, names)
    groups = tuple(state["group_sizes"].tolist()) if "group_sizes" in state else ()
    kind = "matryoshka" if groups else "topk" if topk else "batchtopk"
    return _sae(kind, int(state["k"]), names, state.get("threshold"), groups)


def to_dictionary_learning(sae: SparseAutoencoder) -> dict[str, Tensor]:
    """The tensors that its own classes load: MatryoshkaBatchTopKSAE, BatchTopKSAE, AutoEncoderTopK or AutoEncoder."""
    state, config = sae.state_dict(), sae.config
    if config.kind == "matryoshka":
        groups = torch.tensor(config.group_sizes)
        return state | {"k": torch.tensor(config.k, dtype=torch.int), "group_sizes": groups}
    linear: dict[str, Tensor] = {"encoder.weight": sae.W_enc.T, "encoder.bias": sae.b_enc, "decoder.weight": sae.W_dec.T}
    if config.kind == "relu":
        return linear | {"bias": sae.b_dec}
    return linear | {"b_dec": sae.b_dec, "k": torch.tensor(config.k, dtype=torch.int), "threshold": sae.threshold}


def from_sae_lens(settings: Mapping[str, Any], state: State) -> SparseAutoencoder:
    """Of its `cfg.json` and `sae_weights.safetensors`.

    Raises:
        KeyError: if a tensor is missing.
        ValueError: if the tensors do not fit one another, or it does something that ours cannot.
    """
    kind, k = _sae_lens_kind(settings)
    for name, plain in {
        "normalize_activations": ("none",),
        "reshape_activations": ("none",),
        "hook_z_reshaping": (False,),
    }.items():
        if settings.get(name, plain[0]) not in plain:
            raise ValueError(f"its {name} is {settings[name]}, which an SAE here cannot do; fold it into the weights first")
    names = {name: state[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec")}
    if settings.get("rescale_acts_by_decoder_norm"):
        norms = names["W_dec"].norm(dim=1)
        names |= {"W_enc": names["W_enc"] * norms, "b_enc": names["b_enc"] * norms, "W_dec": names["W_dec"] / norms[:, None]}
    if not settings.get("apply_b_dec_to_input", True):  # ours subtracts b_dec, so b_enc puts it back
        names["b_enc"] = names["b_enc"] + names["b_dec"] @ names["W_enc"]
    return _sae(kind, k, names, state["threshold"] if kind == "batchtopk" else None)


def to_sae_lens(sae: SparseAutoencoder) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Its settings and tensors; BatchTopK, of which it loads JumpReLU in use, has its threshold once for each neuron."""
    settings: dict[str, Any] = {"architecture": {"topk": "topk", "relu": "standard"}.get(sae.config.kind, "jumprelu")}
    settings |= {"d_in": sae.config.width, "d_sae": sae.config.neurons, "dtype": "float32", "device": "cpu"}
    settings |= {"apply_b_dec_to_input": True, "normalize_activations": "none", "reshape_activations": "none"}
    state = {name: tensor for name, tensor in sae.state_dict().items() if name != "threshold"}
    if settings["architecture"] == "topk":
        settings |= {"k": sae.config.k, "rescale_acts_by_decoder_norm": False}
    if settings["architecture"] == "jumprelu":
        state["threshold"] = sae.threshold.expand(sae.config.neurons)
    return settings | {"metadata": {}}, state


def from_saev(state: State) -> SparseAutoencoder:
    """Of a checkpoint's tensors.

    Raises:
        KeyError: if a tensor is missing.
        ValueError: if the tensors do not fit one another.
    """
    return _sae("relu", 1, {name: state[name] for name in ("W_enc", "b_enc", "W_dec", "b_dec")})


def _sae_lens_kind(settings: Mapping[str, Any]) -> tuple[Kind, int]:
    architecture = settings.get("architecture", "standard")
    if architecture == "jumprelu":
        return "batchtopk", 1
    if architecture == "topk":
        return "topk", int(settings["k"])
    if architecture == "standard" and settings.get("activation_fn", settings.get("activation_fn_str", "relu")) == "relu":
        return "relu", 1
    raise ValueError(f"its architecture is {architecture}; those that can be read are standard, topk and jumprelu")


def _sae(
    kind: Kind, k: int, names: dict[str, Tensor], threshold: Tensor | None = None, groups: tuple[int, ...] = ()
) -> SparseAutoencoder:
    """An SAE of these weights; an imported k of 1 may stand for "not known", until somebody counts."""
    shapes = {name: tuple(tensor.shape) for name, tensor in names.items()}
    width, neurons = shapes["W_enc"] if len(shapes["W_enc"]) == 2 else (0, 0)
    if shapes != {"W_enc": (width, neurons), "b_enc": (neurons,), "W_dec": (neurons, width), "b_dec": (width,)}:
        raise ValueError("its tensors do not fit one another: " + ", ".join(f"{n} {s}" for n, s in sorted(shapes.items())))
    config = SaeConfig(kind, width, neurons, k, groups or (neurons,))
    threshold = torch.zeros(()) if threshold is None else threshold.clamp(min=0)
    if tuple(threshold.shape) not in ((), (neurons,)):
        raise ValueError(f"its threshold is {tuple(threshold.shape)}, needed is one, or one for each of {neurons} neurons")
    if threshold.ndim and bool((threshold == threshold[0]).all()):
        threshold = threshold[0].clone()
    state = {name: tensor.contiguous() for name, tensor in names.items()}
    return SparseAutoencoder.from_state(config, state | {"threshold": threshold})
