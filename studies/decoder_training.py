"""Training that is killed at any moment and continues: the same order of rows, the same rate, the same weights.

The rows of an epoch depend on the seed and the epoch, the rate on the step, and nothing else is random, so a checkpoint
is the weights, the two moments of AdamW and the number of the step: one safetensors file, replaced whole.
"""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from decoder_model import Recipe
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import Tensor
from transformers import LlamaForCausalLM

from infoplane.runs import write_atomic

Told = Callable[[int, float], None]

EVERY = 100  # steps between checkpoints


class Training:
    """A network, its optimizer and the number of steps it has made."""

    def __init__(self, network: LlamaForCausalLM, recipe: Recipe, steps: int, device: torch.device) -> None:
        self.network, self.recipe, self.steps, self.device = network.to(device), recipe, steps, device
        matrices = [weight for weight in network.parameters() if weight.ndim > 1]
        vectors = [weight for weight in network.parameters() if weight.ndim == 1]
        decayed = {"params": matrices, "weight_decay": recipe.weight_decay}
        self.optimizer = torch.optim.AdamW(
            [decayed, {"params": vectors, "weight_decay": 0.0}], recipe.learning_rate, (0.9, 0.95), fused=True
        )
        self.step = 0

    def epoch(self, batches: Sequence[Tensor], first: int, *, checkpoint: Path, told: Told) -> None:
        """Learn the batches of an epoch that begins at step `first`, less those learned before a kill."""
        self.network.train()
        for batch in batches[max(0, self.step - first) :]:
            told(self.step, self.learn(batch))
            if self.step % EVERY == 0:
                self.save(checkpoint)
        self.save(checkpoint)

    def learn(self, batch: Tensor) -> float:
        """One step of AdamW on a batch (rows, context); its loss before the step, in nats a token."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate(self.recipe, self.step, self.steps)
        ids = batch.to(self.device)
        with half_precision(self.device):
            loss = self.network(ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return loss.item()

    @torch.inference_mode()
    def losses(self, rows: Tensor) -> list[float]:
        """The loss of each of `rows` (n, context), in nats a token."""
        self.network.eval()
        found: list[float] = []
        for batch in rows.split(self.recipe.rows):
            ids = batch.to(self.device)
            with half_precision(self.device):
                logits = self.network(ids).logits[:, :-1].float()
            each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
            found += each.mean(dim=1).tolist()
        return found

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        moments = {
            f"optimizer.{number}.{name}": value
            for number, state in self.optimizer.state_dict()["state"].items()
            for name, value in state.items()
        }
        write_atomic(path, save(weights(self.network) | moments, {"step": str(self.step)}))

    def load(self, path: Path) -> None:
        """Continue from the checkpoint at `path`, if there is one."""
        if not path.is_file():
            return
        with safe_open(path, "pt") as file:
            self.step = int(file.metadata()["step"])
        tensors = load_file(path)
        state: dict[int, dict[str, Tensor]] = {}
        for name in [name for name in tensors if name.startswith("optimizer.")]:
            _, number, moment = name.split(".")
            state.setdefault(int(number), {})[moment] = tensors.pop(name)
        self.network.load_state_dict(tensors, strict=False)  # tied embeddings stand there once
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})


def weights(network: LlamaForCausalLM) -> dict[str, Tensor]:
    """The parameters by name, those that are tied once."""
    return {name: value.detach().contiguous() for name, value in network.named_parameters()}


def rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of a step: a linear warm-up, then half a cosine down to a fiftieth."""
    warm = max(1, round(recipe.warmup * steps))
    if step < warm:
        return recipe.learning_rate * (step + 1) / warm
    along = (step - warm) / max(1, steps - warm)
    return recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * along)) / 2)


def half_precision(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 where an accelerator computes; float32 on the CPU."""
    return nullcontext() if device.type == "cpu" else torch.autocast(device.type, torch.bfloat16)
