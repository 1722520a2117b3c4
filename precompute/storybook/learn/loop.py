"""The training loop of all of Storybook's models, on the GPU if there is one.

Step n depends only on the seed, n and the state before it, so a run that is killed and resumed ends with the same weights.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from explorer.models.device import best_device
from precompute.atomic_files import write_tensors
from precompute.storybook.images import cores

# Of matrices inside the blocks (Muon, https://kellerjordan.github.io/posts/muon), of everything else (AdamW). Over the first
# hundred steps, 2e-2 learnt a little faster than 8e-3; 3e-3, and AdamW for all, far more slowly.
MUON_RATE, ADAM_RATE = 1.5e-2, 1.5e-3
DECAY = 0.05
WARM, COOL = 0.02, 0.35  # shares of the steps: the rate rises at first, falls to nothing at the end, stands in between
KEEP_EVERY = 300  # seconds between checkpoints

Batch = TypeVar("Batch", bound=tuple[Any, ...])  # a NamedTuple of tensors, and of such tuples


class Run:
    """A model in training, its two optimizers and the number of the next step."""

    def __init__(self, model: nn.Module, steps: int) -> None:
        self.device = best_device()
        self.model, self.steps, self.step = model.to(self.device), steps, 0
        inside = {p for name, p in model.named_parameters() if p.ndim == 2 and re.search(r"\blayers?\.", name)}
        matrices = [p for p in model.parameters() if p in inside]
        others = [p for p in model.parameters() if p not in inside]
        self.optimizers = {
            MUON_RATE: torch.optim.Muon(matrices, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
            ADAM_RATE: torch.optim.AdamW(others, weight_decay=DECAY, betas=(0.9, 0.98), fused=True),
        }

    def learn(self, losses: Callable[[Batch], NamedTuple], batch: Batch) -> NamedTuple:
        """Do one step on the sum of the losses."""
        for rate, optimizer in self.optimizers.items():
            optimizer.param_groups[0]["lr"] = rate * pace(self.step / self.steps)
            optimizer.zero_grad(set_to_none=True)
        with torch.device(self.device), torch.autocast(self.device.type, torch.bfloat16):
            values = losses(_moved(batch, self.device))
        torch.stack([value.float() for value in values]).sum().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        self.step += 1
        return values

    def store(self, path: Path) -> None:
        """Write the whole state."""
        tensors = {f"student.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, optimizer in enumerate(self.optimizers.values()):
            for at, moments in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{number}.{at}.{name}": tensor for name, tensor in moments.items()}
        tensors["step"] = torch.tensor(self.step)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(path, {name: tensor.clone() for name, tensor in tensors.items()})

    def restore(self, path: Path) -> None:
        """Load a stored state."""
        tensors = load_file(path)
        self.model.load_state_dict({name[8:]: tensor for name, tensor in tensors.items() if name.startswith("student.")})
        states: list[dict[int, dict[str, Tensor]]] = [{} for _ in self.optimizers]
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, number, at, moment = name.split(".")
                states[int(number)].setdefault(int(at), {})[moment] = tensor
        for optimizer, state in zip(self.optimizers.values(), states, strict=True):
            optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
        self.step = int(tensors["step"])


def train(model: nn.Module, batches: Dataset[Batch], losses: Callable[[Batch], NamedTuple], steps: int, checkpoint: Path) -> None:
    """Train until `steps` are done, from the checkpoint on if there is one.

    Args:
        batches: item n is step n's batch, on the CPU.
        losses: batch, on the model's device → losses of the model, each a number.
    """
    run = Run(model, steps)
    if checkpoint.is_file():
        run.restore(checkpoint)
    kept = time.monotonic()
    with tqdm(total=steps, initial=run.step, unit="step", desc=f"train {checkpoint.stem}", dynamic_ncols=True) as bar:
        for batch in _loaded(batches, range(run.step, steps), run.device):
            values = run.learn(losses, batch)
            bar.update()
            bar.set_postfix({name: f"{loss.item():.3f}" for name, loss in values._asdict().items()})
            if time.monotonic() - kept > KEEP_EVERY or run.step == steps:
                run.store(checkpoint)
                kept = time.monotonic()


def _loaded(batches: Dataset[Batch], steps: range, device: torch.device) -> "DataLoader[Batch]":
    """The batches in order; beside a GPU other processes make them ahead, on a CPU the step has all cores."""
    workers = cores() - 1 if device.type == "cuda" else 0
    return DataLoader(batches, batch_size=None, sampler=steps, num_workers=workers)


def _moved(batch: Batch, device: torch.device) -> Batch:
    parts = (_moved(part, device) if isinstance(part, tuple) else part.to(device) for part in batch)
    return type(batch)(*parts)


def pace(share: float) -> float:
    """Return the learning rate at this share of the steps, as a share of its maximum."""
    return min(1.0, (share + 1e-4) / WARM, (1 - share) / COOL)
