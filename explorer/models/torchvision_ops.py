"""Make torchvision importable beside a CPU build of torch.

The registry's torchvision is built for CUDA; beside CPU torch its compiled operators do not load, and `import torchvision`
(and with it transformers' image processors and open_clip) fails with "operator torchvision::nms does not exist".
Nothing here detects boxes, so naming the two missing operators is enough; where the extension loads, nothing is touched.
`explorer.models` calls this before anything in it imports torchvision, transformers or open_clip.
"""

import importlib.util
from pathlib import Path

import torch

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_library: torch.library.Library | None = None  # the definitions last as long as this object


def _extension_loads(package: Path) -> bool:
    for extension in package.glob("_C*.so"):
        try:
            torch.ops.load_library(str(extension))
        except OSError:
            continue
        return True
    return False


def define_missing_operators() -> None:
    """Define torchvision's two box operators by name if its own cannot load; harmless to call again."""
    global _library
    spec = importlib.util.find_spec("torchvision")
    if _library is not None or spec is None or spec.origin is None or _extension_loads(Path(spec.origin).parent):
        return
    _library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _OPERATORS:
        _library.define(schema)
