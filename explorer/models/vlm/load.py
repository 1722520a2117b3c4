"""Load a vision-language model of LLaVA's family, from the Hub or a directory."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from explorer.errors import UserError, repair_hint
from explorer.models.device import best_device
from explorer.models.hub import hub
from explorer.models.vlm.model import VisionLanguageModel


def load_vlm(source: str) -> VisionLanguageModel:
    """Load from the Hub or a directory, in the precision it was saved in, on the GPU if there is one.

    Raises:
        UserError: if there is no such model, it is not of LLaVA's family, or it cannot be read.
    """
    from transformers import AutoConfig, AutoProcessor, LlavaForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        with hub(source):
            config = AutoConfig.from_pretrained(source)
            if config.model_type != "llava":
                raise UserError(f"MONOSCOPE_VLM={source}: a model of the kind {config.model_type!r}; name one of LLaVA's kind")
            model: Any = LlavaForConditionalGeneration.from_pretrained(
                source, use_safetensors=True, dtype="auto", **_placed(best_device().type)
            )
            processor = AutoProcessor.from_pretrained(source)
    except UserError:
        raise
    except Exception as error:  # a damaged file raises anything: JSON's, safetensors', the tokenizer's own
        why = "no complete model there" if Path(source).exists() else "neither a directory nor a model on the Hub"
        why += f"; {repair_hint(source)}" if Path(source).name.startswith("storybook") else ""
        raise UserError(f"MONOSCOPE_VLM={source}: {why} ({str(error).strip().splitlines()[0][:200]})") from error
    return VisionLanguageModel(source, model.to(best_device()), processor)


def _placed(device: str) -> dict[str, Any]:
    """Onto a GPU at once where accelerate is there (requirements-gpu.txt), else by way of the host's memory."""
    return {"device_map": device} if device != "cpu" and find_spec("accelerate") else {}
