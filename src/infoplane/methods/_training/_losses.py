"""The losses of the steps of an epoch: looked at together, so that a device need not wait after every step."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from infoplane._errors import ModelError, one_line
from infoplane.methods._training._devices import Devices

GRADIENT_NORM = "gradient_norm"  # looked at and told with the losses, and no loss
_LOOK = 16  # steps between looks where looking makes a device wait


class Losses:
    """Terms of the loss by name, summed over the steps of an epoch; `sums` and `steps` go into checkpoints."""

    def __init__(self, devices: Devices, folder: Path) -> None:
        self.sums: dict[str, float] = {}
        self.steps = 0
        self._devices, self._folder = devices, folder
        self._every = 1 if devices.device.type == "cpu" else _LOOK
        self._waiting: list[tuple[int, dict[str, Tensor]]] = []
        self._names: list[str] = []

    def begin(self, sums: Mapping[str, float], steps: int) -> None:
        """Begin an epoch, or go on in one."""
        self.sums, self.steps = dict(sums), steps

    def add(self, step: int, parts: Mapping[str, Tensor]) -> dict[str, float]:
        """Take in the terms of `step`; those of this step where they were looked at, nothing where that was put off."""
        self._waiting.append((step, dict(parts)))
        return self.look() if len(self._waiting) >= self._every else {}

    def look(self) -> dict[str, float]:
        """Look at all steps that wait; the terms of the last. ModelError, with the batch, where one is not finite."""
        last: dict[str, float] = {}
        if not self._waiting:
            return last
        names = self._names = self._names or self._devices.share(sorted(self._waiting[0][1]))
        table = torch.stack([_row(parts, names) for _, parts in self._waiting])
        numbers = self._devices.summed(table).tolist()
        for (step, _), values in zip(self._waiting, numbers, strict=True):
            last = dict(zip(names, values, strict=True))
            self._check(step, last)
            losses = {name: value for name, value in last.items() if name != GRADIENT_NORM}
            self.sums = {name: self.sums.get(name, 0.0) + value for name, value in losses.items()}
            self.steps += 1
        self._waiting.clear()
        return last

    def means(self) -> dict[str, float]:
        """The mean of every term over the steps of the epoch so far."""
        return {name: value / max(1, self.steps) for name, value in self.sums.items()}

    def _check(self, step: int, values: Mapping[str, float]) -> None:
        wrong = [name for name, value in values.items() if not abs(value) < float("inf")]
        if wrong:
            came = f"{wrong[0].replace('_', ' ')} {values[wrong[0]]} at batch {step + 1}"
            do = f"lower the learning rate; the last good checkpoint is in {self._folder}"
            raise ModelError(one_line(came, "a finite number", do))


def _row(parts: Mapping[str, Tensor], names: Sequence[str]) -> Tensor:
    """The terms called `names`; 0 of what a process without examples of a batch does not have."""
    nothing = torch.zeros_like(parts[GRADIENT_NORM])
    return torch.stack([parts.get(name, nothing) for name in names])
