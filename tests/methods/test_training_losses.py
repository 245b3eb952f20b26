"""What a process that has no examples of a batch tells of its losses."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from infoplane._errors import ModelError
from infoplane.methods._training._losses import GRADIENT_NORM, Losses

MAIN = {"cross_entropy": torch.tensor(2.0), GRADIENT_NORM: torch.tensor(0.5)}


def second_process() -> Losses:
    """Of two: the other one has the examples, and what it gives is `MAIN`."""

    def summed(table: Tensor) -> Tensor:
        return table + torch.stack([MAIN[name] for name in sorted(MAIN)])

    devices: Any = SimpleNamespace(device=torch.device("cpu"), share=lambda _: sorted(MAIN), summed=summed)
    return Losses(devices, Path("checkpoints"))


def test_a_process_without_examples_of_a_batch_adds_nothing_to_its_loss() -> None:
    losses = second_process()
    told = losses.add(0, {GRADIENT_NORM: torch.tensor(0.5)})
    assert told == {"cross_entropy": 2.0, GRADIENT_NORM: 1.0}
    assert losses.means() == {"cross_entropy": 2.0}


def test_a_loss_that_is_not_finite_is_told_with_its_batch() -> None:
    losses = second_process()
    with pytest.raises(ModelError, match="cross entropy nan at batch 4"):
        losses.add(3, {"cross_entropy": torch.tensor(float("nan")), GRADIENT_NORM: torch.tensor(0.5)})
