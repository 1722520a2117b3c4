"""How much memory models take, and equal weights of several models held once."""

import os
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.models.device import best_device

SHARE = 0.75  # of the memory that there is
_REFUSED = "DefaultCPUAllocator: can't allocate memory"  # PyTorch has no class of its own for it
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_ENDS = 8  # numbers at both ends of a tensor: equal ones are then compared in full


def capacity() -> int:
    """Bytes that models may take: three quarters of the GPU's memory, or of the machine's where there is none."""
    device = best_device()
    if device.type == "cuda":
        return int(SHARE * torch.cuda.get_device_properties(device).total_memory)
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP.read_text().strip() if _CGROUP.is_file() else "max"
    return int(SHARE * min(machine, int(limit))) if limit.isdecimal() else int(SHARE * machine)


def modules_of(value: object) -> list[nn.Module]:
    """The torch modules of what a pool holds: itself, or its `model`."""
    return [part for part in (value, getattr(value, "model", None)) if isinstance(part, nn.Module)]


def held_bytes(values: Iterable[object]) -> int:
    """Bytes that these take: their weights, of which what several share counts once, and what they call their `nbytes` beside."""
    listed = list(values)
    return storage_bytes(_tensors(listed)) + sum(getattr(value, "nbytes", 0) for value in listed)


def storage_bytes(tensors: Iterable[Tensor]) -> int:
    """Bytes that tensors keep in memory; what several share counts once, and of a view all that it is a view of."""
    return sum({t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}.values())


def share_weights(value: object, others: Iterable[object]) -> None:
    """Let a loaded model use the weights of the others where they are equal, so that the same tower is held once.

    Only for models that are not trained: whoever changes one then changes all.
    """
    known: dict[tuple[object, ...], list[Tensor]] = {}
    for tensor in _tensors(others):
        known.setdefault(_sketch(tensor), []).append(tensor)
    for tensor in _tensors([value]):
        equal = next((other for other in known.get(_sketch(tensor), []) if torch.equal(tensor.data, other.data)), None)
        if equal is not None:
            tensor.data = equal.data


def _tensors(values: Iterable[object]) -> list[Tensor]:
    return [tensor for value in values for module in modules_of(value) for tensor in (*module.parameters(), *module.buffers())]


def _sketch(tensor: Tensor) -> tuple[object, ...]:
    flat = tensor.detach().reshape(-1)
    ends = torch.cat([flat[:_ENDS], flat[-_ENDS:]]).double().cpu().tolist()
    return tensor.shape, tensor.dtype, tensor.device, *ends


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is that memory does not suffice: Python's, a GPU's, or PyTorch's on a processor."""
    while error is not None:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or _REFUSED in str(error):
            return True
        error = error.__cause__
    return False
