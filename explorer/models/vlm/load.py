"""Load a vision-language model of LLaVA's family, from the Hub or a directory."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from explorer.errors import UserError, repair_hint
from explorer.models.device import best_device
from explorer.models.hub import hub
from explorer.models.memory import out_of_memory
from explorer.models.vlm.model import VisionLanguageModel
from explorer.models.vlm.vision import FAMILIES
from explorer.precision import known_precision

_KEPT = ["model.vision_tower", "model.multi_modal_projector", "lm_head"]
"""What is not quantised, by whole names from the start: the SAE was trained on the tower's own activations."""


def load_vlm(source: str, precision: str = "auto") -> VisionLanguageModel:
    """Load from the Hub or a directory, on the GPU if there is one.

    Args:
        precision: one of `explorer.precision.Precision`.

    Raises:
        UserError: if there is no such model or precision, the model is not of LLaVA's family, or it cannot be read.
    """
    from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    logging.disable_progress_bar()
    weights = _weights(precision, best_device().type)
    try:
        with hub(source):
            config = AutoConfig.from_pretrained(source)
            if config.model_type not in FAMILIES:
                kinds = ", ".join(FAMILIES)
                raise UserError(
                    f"MONOSCOPE_VLM={source}: a model of the kind {config.model_type!r}; name one of LLaVA's ({kinds})"
                )
            model: Any = AutoModelForImageTextToText.from_pretrained(
                source, use_safetensors=True, **weights, **_placed(best_device().type)
            )
            if "quantization_config" not in weights:  # a quantised one is there already, and cannot be moved
                model = model.to(best_device())
            processor = AutoProcessor.from_pretrained(source)
    except UserError:
        raise
    except Exception as error:  # a damaged file raises anything: JSON's, safetensors', the tokenizer's own
        raise UserError(f"MONOSCOPE_VLM={source}: {_why(source, error)}") from error
    return VisionLanguageModel(source, model, processor, precision)


def _why(source: str, error: Exception) -> str:
    """What an error at loading means."""
    if out_of_memory(error):
        return (
            "does not fit the memory that is free; name a smaller model, or set MONOSCOPE_VLM_PRECISION to bfloat16, 8bit or 4bit"
        )
    why = "no complete model there" if Path(source).exists() else "neither a directory nor a model on the Hub"
    why += f"; {repair_hint(source)}" if Path(source).name.startswith("storybook") else ""
    return f"{why} ({str(error).strip().splitlines()[0][:200]})"


def _placed(device: str) -> dict[str, Any]:
    """Onto a GPU at once where accelerate is there (requirements-gpu.txt), else by way of the host's memory."""
    return {"device_map": device} if device != "cpu" and find_spec("accelerate") else {}


def _weights(precision: str, device: str) -> dict[str, Any]:
    """What `from_pretrained` is told about the weights."""
    precision = known_precision(precision, "MONOSCOPE_VLM_PRECISION")
    if not precision.endswith("bit"):
        return {"dtype": precision if precision == "auto" else getattr(torch, precision)}
    missing = [name for name in ("bitsandbytes", "accelerate") if find_spec(name) is None]
    if device != "cuda" or missing:
        found = "there is no such GPU" if device != "cuda" else f"missing: {', '.join(missing)}"
        raise UserError(
            f"MONOSCOPE_VLM_PRECISION={precision}: needs a CUDA GPU and the packages bitsandbytes and accelerate, but {found};"
            " set it to bfloat16, or install them"
        )
    from transformers import BitsAndBytesConfig

    bits = BitsAndBytesConfig(
        load_in_4bit=precision == "4bit",
        load_in_8bit=precision == "8bit",
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=_KEPT,
    )
    rest = torch.float16 if precision == "8bit" else "auto"  # bitsandbytes' 8-bit products are of float16
    return {"dtype": rest, "quantization_config": bits}
