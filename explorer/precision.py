"""How exact a vision-language model's numbers are: a setting that needs no model to be checked."""

from typing import Literal, get_args

from explorer.errors import UserError

Precision = Literal["auto", "float32", "bfloat16", "float16", "8bit", "4bit"]
"""auto: as the model was saved. 8bit and 4bit: the language model's weights, by bitsandbytes, on a CUDA GPU."""


def known_precision(text: str, asked: str) -> Precision:
    """One of `Precision`; auto where nothing is said.

    Args:
        asked: the option or variable that it comes from.

    Raises:
        UserError: if it is none of them.
    """
    known = {precision: precision for precision in get_args(Precision)}
    if text.strip() not in {"", *known}:
        raise UserError(f"{asked}={text!r}: no such precision; choose one of {', '.join(known)}")
    return known[text.strip() or "auto"]


def variant(model: str, precision: str) -> str:
    """A model's short name, with the precision if that is not the saved one: what its answers are told and kept by."""
    return model if precision == "auto" else f"{model} {precision}"
