"""How exact a vision-language model's numbers are: a setting that needs no model to be checked."""

from explorer.errors import UserError

PRECISIONS = ("auto", "float32", "bfloat16", "float16", "8bit", "4bit")
"""auto: as the model was saved. 8bit and 4bit: the language model's weights, by bitsandbytes, on a CUDA GPU."""


def known_precision(text: str, asked: str) -> str:
    """One of `PRECISIONS`; auto where nothing is said.

    Args:
        asked: the option or variable that it comes from.

    Raises:
        UserError: if it is none of them.
    """
    precision = text.strip() or PRECISIONS[0]
    if precision not in PRECISIONS:
        raise UserError(f"{asked}={text!r}: no such precision; choose one of {', '.join(PRECISIONS)}")
    return precision
