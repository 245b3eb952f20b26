"""What goes wrong in a training: numbers that are not finite, a full disk; the last good checkpoint stays."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from full_disk import files_of_at_most
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tiny_models import make_model
from torch import Tensor

from infoplane._errors import ModelError, RunError
from infoplane.methods import Recipe, finetune
from infoplane.methods._training import _loop
from infoplane.methods._training._checkpoint import latest
from infoplane.objectives import Batch, CrossEntropy
from infoplane.runs import Run
from infoplane.tasks import Task

RECIPE = Recipe(epochs=2, batch_size=16, learning_rate=1e-3)


class Breaking(CrossEntropy):
    """Cross-entropy until the batch numbered `at`, and `breaks` of it then."""

    name: ClassVar[str] = "breaking"

    def __init__(self, at: int, breaks: Callable[[Tensor, Batch], Tensor]) -> None:
        super().__init__()
        self.at, self.breaks, self.calls = at, breaks, 0

    def forward(self, batch: Batch) -> Tensor:
        self.calls += 1
        loss = super().forward(batch)
        if self.calls == self.at:
            loss = self.breaks(loss, batch)
            self.parts = {"cross_entropy": loss.detach()}
        return loss


def endless(loss: Tensor, batch: Batch) -> Tensor:
    """A loss that is not a number."""
    return loss * float("nan")


def steep(loss: Tensor, batch: Batch) -> Tensor:
    """A finite loss whose gradient is not: 0 times the slope of a root at 0."""
    assert batch.features is not None
    return loss + (batch.features * 0).sum().sqrt()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every step."""
    monkeypatch.setattr(_loop, "_SECONDS", 0.0)
    monkeypatch.setattr(_loop, "_TELL", 1)


def train(task: Task, out: Path, objective: CrossEntropy, **more: object) -> Run:
    return finetune(make_model("bert"), task, objective=objective, out=out, recipe=RECIPE, **more)


@pytest.mark.parametrize("breaks", [endless, steep])
@pytest.mark.parametrize("at", [1, 5, 8])
def test_numbers_that_are_not_finite_stop_it_at_their_batch(
    task: Task, tmp_path: Path, breaks: Callable[[Tensor, Batch], Tensor], at: int
) -> None:
    with pytest.raises(ModelError, match=rf"at batch {at}: expected .* finite") as caught:
        train(task, tmp_path, Breaking(at, breaks), trackers=())
    assert "\n" not in str(caught.value)
    checkpoint = latest(tmp_path / "checkpoints")
    if at == 1:
        assert checkpoint is None
        return
    assert checkpoint is not None
    assert checkpoint.step == at - 1
    assert all(tensor.isfinite().all() for tensor in checkpoint.tensors("network").values())
    assert not Run.open(tmp_path, None).finished


def test_a_full_disk_is_said_and_the_same_command_continues_to_the_same_weights(
    task: Task, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    disk = files_of_at_most(20_000)

    def fill(what: str, done: int, total: int) -> None:
        if what == "training" and done == 4:
            disk.__enter__()

    with pytest.raises(RunError, match=r"cannot be written .* free space, then the same command continues") as caught:
        train(task, tmp_path / "full", CrossEntropy(), trackers=(), progress=fill)
    disk.__exit__(None, None, None)
    assert "\n" not in str(caught.value)
    checkpoint = latest(tmp_path / "full/checkpoints")
    assert checkpoint is not None
    assert checkpoint.step == 3
    train(task, tmp_path / "full", CrossEntropy(), trackers=())
    train(task, tmp_path / "whole", CrossEntropy(), trackers=())
    weights = [(tmp_path / name / "model/model.safetensors").read_bytes() for name in ("full", "whole")]
    assert weights[0] == weights[1]


def test_tensorboard_is_told_every_step_once_by_a_training_that_was_stopped(task: Task, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "training" and done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(task, tmp_path, CrossEntropy(), progress=stop)
    steps = train(task, tmp_path, CrossEntropy()).facts["steps"]
    events = EventAccumulator(str(tmp_path / "logs"))
    events.Reload()
    told = [event.step for event in events.Scalars("training/cross_entropy")]
    assert told == list(range(1, steps + 1))
