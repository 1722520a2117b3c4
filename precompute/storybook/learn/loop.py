"""The training loop of all of Storybook's models.

Step n depends only on the seed, n and the state before it, so a run that is killed and resumed ends with the same weights.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from tqdm import tqdm

from precompute.atomic_files import write_tensors

# Of matrices inside the blocks (Muon, https://kellerjordan.github.io/posts/muon), of everything else (AdamW). Over the first
# hundred steps, 2e-2 learnt a little faster than 8e-3; 3e-3, and AdamW for all, far more slowly.
MUON_RATE, ADAM_RATE = 1.5e-2, 1.5e-3
DECAY = 0.05
WARM, COOL = 0.02, 0.35  # shares of the steps: the rate rises at first, falls to nothing at the end, stands in between
KEEP_EVERY = 300  # seconds between checkpoints


class Run:
    """A model in training, its two optimizers and the number of the next step."""

    def __init__(self, model: nn.Module, steps: int) -> None:
        self.model, self.steps, self.step = model, steps, 0
        inside = {p for name, p in model.named_parameters() if p.ndim == 2 and re.search(r"\blayers?\.", name)}
        matrices = [p for p in model.parameters() if p in inside]
        others = [p for p in model.parameters() if p not in inside]
        self.optimizers = {
            MUON_RATE: torch.optim.Muon(matrices, weight_decay=DECAY, adjust_lr_fn="match_rms_adamw"),
            ADAM_RATE: torch.optim.AdamW(others, weight_decay=DECAY, betas=(0.9, 0.98), fused=True),
        }

    def learn(self, losses: Callable[[int], NamedTuple]) -> NamedTuple:
        """Do one step on the sum of the losses."""
        for rate, optimizer in self.optimizers.items():
            optimizer.param_groups[0]["lr"] = rate * pace(self.step / self.steps)
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            values = losses(self.step)
        sum(values, torch.zeros(())).backward()
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


def train(model: nn.Module, losses: Callable[[int], NamedTuple], steps: int, checkpoint: Path) -> None:
    """Train until `steps` are done, from the checkpoint on if there is one.

    Args:
        losses: step → losses of the model on that step's batch, each a number.
    """
    run = Run(model, steps)
    if checkpoint.is_file():
        run.restore(checkpoint)
    kept = time.monotonic()
    with tqdm(total=steps, initial=run.step, unit="step", desc=f"train {checkpoint.stem}", dynamic_ncols=True) as bar:
        while run.step < steps:
            values = run.learn(losses)
            bar.update()
            bar.set_postfix({name: f"{loss.item():.3f}" for name, loss in values._asdict().items()})
            if time.monotonic() - kept > KEEP_EVERY or run.step == steps:
                run.store(checkpoint)
                kept = time.monotonic()


def pace(share: float) -> float:
    """Return the learning rate at this share of the steps, as a share of its maximum."""
    return min(1.0, (share + 1e-4) / WARM, (1 - share) / COOL)
