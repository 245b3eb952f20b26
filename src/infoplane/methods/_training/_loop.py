"""The loop: epochs of steps, judged on held-out examples, kept so that a killed run goes on to the same weights."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import RunError, one_line
from infoplane.methods._setting import Told
from infoplane.methods._training import _checkpoint as checkpoint
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._losses import Losses
from infoplane.methods._training._order import batches
from infoplane.methods._training._step import Stepper
from infoplane.methods._training._trackers import Trackers

Rows = NDArray[np.int64]

_SECONDS = 300.0  # between checkpoints within an epoch
_TELL = 10  # steps between what trackers are told


@dataclass
class State:
    """Where a training stands: steps taken, what every epoch gave, and the sums of the epoch that runs."""

    step: int = 0
    epochs: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    counted: int = 0
    seconds: float = 0.0

    @property
    def best(self) -> int:
        """Which of `epochs` has the highest score, the earliest of equal ones, the last without scores; -1 before."""
        scores = [epoch["score"] for epoch in self.epochs]
        return len(scores) - 1 if not scores or None in scores else int(np.argmax(scores))


@dataclass
class Loop:
    """Steps through the training examples of `stepper`.

    judge     scores the network on held-out examples at the end of every epoch: "score", None where none is to choose,
              and whatever is to be kept
    folder    of the checkpoints
    trackers  told losses and scores; None in processes that do not write
    """

    stepper: Stepper
    judge: Callable[[], dict[str, Any]]
    devices: Devices
    folder: Path
    trackers: Trackers | None
    told: Told

    def run(self) -> State:
        """Train to the end; the network is left with the weights of its best epoch.

        Raises ModelError where the loss is not finite; the last checkpoint before that stays.
        """
        self.state, self.saved = self._restored(), time.monotonic()
        self.losses = Losses(self.devices, self.folder)
        while not self._is_enough():
            self._epoch(len(self.state.epochs))
        self._back_to_best()
        return self.state

    def _is_enough(self) -> bool:
        state, recipe = self.state, self.stepper.recipe
        waited = len(state.epochs) - 1 - state.best
        impatient = recipe.patience is not None and state.best >= 0 and waited >= recipe.patience
        judged = state.epochs[-1]["step"] if state.epochs else 0  # a run may stop between its last step and that
        return len(state.epochs) >= recipe.epochs or judged >= self.stepper.steps or impatient

    def _epoch(self, epoch: int) -> None:
        order = self.order(epoch)
        self.losses.begin(self.state.sums, self.state.counted)
        for rows in order[self.state.step - epoch * len(order) :]:
            if self.state.step >= self.stepper.steps:
                break
            self._step(rows, first=self.state.step == epoch * len(order))
            if self._is_time():
                self._keep()
        self.losses.look()
        self._judge(epoch)

    def _is_time(self) -> bool:
        """Whether a checkpoint is due by the clock of the main process: the others' clocks would disagree."""
        return self.state.step % _TELL == 0 and bool(self.devices.share(time.monotonic() - self.saved > _SECONDS))

    def order(self, epoch: int) -> list[Rows]:
        """The batches of `epoch`."""
        stepper = self.stepper
        labels = stepper.examples.labels.cpu().numpy()
        fewest = stepper.objective.fewest
        return batches(labels, stepper.recipe.batch_size, seed=stepper.seed, epoch=epoch, fewest=fewest)

    def _step(self, rows: Rows, *, first: bool) -> None:
        start, number, refresh = time.perf_counter(), self.state.step, self.stepper.objective.refresh
        if first if refresh == "epoch" else isinstance(refresh, int) and number % refresh == 0:
            self._show_all()
        self.stepper.take(number, rows)
        found = self.losses.add(number, self.stepper.parts)
        self.state.step += 1
        self.state.seconds += time.perf_counter() - start
        self.told("training", self.state.step, self.stepper.steps)
        if found and self.trackers is not None and self.state.step % _TELL == 0:
            self.trackers.log({f"training/{name}": value for name, value in found.items()}, self.state.step)

    def _show_all(self) -> None:
        examples = self.stepper.examples
        self.stepper.objective.see_all(self.stepper.trainee.features(examples), examples.labels)

    def _judge(self, epoch: int) -> None:
        judged, means, steps = self.devices.on_main(self.judge), self.losses.means(), self.losses.steps
        self.state.epochs.append(
            {"epoch": epoch + 1, "step": self.state.step, "steps": steps, "losses": means} | judged
        )
        self.losses.begin({}, 0)
        self._keep(best=self.state.best == epoch)
        if self.trackers is not None:
            named = {f"epoch/{name}": value for name, value in means.items()}
            named |= {} if judged["score"] is None else {"held_out/score": judged["score"]}
            self.trackers.log(named, self.state.step)

    def _keep(self, *, best: bool = False) -> None:
        """Write a checkpoint; `best`: its network is the one to go back to."""
        self.losses.look()
        self.state.sums, self.state.counted = self.losses.sums, self.losses.steps
        parts = {
            "network": _trained(self.stepper.trainee.network),
            "objective": dict(self.stepper.objective.state_dict()),
            "optimizer": checkpoint.optimizer_tensors(self.stepper.optimizer),
            "state": asdict(self.state),
        }
        self.devices.on_main(
            lambda: checkpoint.save(self.folder, self.state.step, parts, best=("network",) if best else ())
        )
        self.saved = time.monotonic()

    def _restored(self) -> State:
        """What the last checkpoint holds, put back; a new state without one."""
        kept = checkpoint.latest(self.folder)
        if kept is None:
            return State()
        _put(self.stepper.trainee.network, kept.tensors("network"))
        self.stepper.objective.load_state_dict(kept.tensors("objective"))
        checkpoint.restore_optimizer(self.stepper.optimizer, kept.tensors("optimizer"))
        return State(**kept.plain("state"))

    def _back_to_best(self) -> None:
        kept = checkpoint.best(self.folder)
        if kept is None:
            do = "delete the folder to begin again"
            raise RunError(one_line(f"{self.folder} without the best epoch", "a checkpoint of it", do))
        _put(self.stepper.trainee.network, kept.tensors("network"))


def _trained(network: Any) -> dict[str, Any]:
    """The weights that training changes, and buffers."""
    frozen = {name for name, weight in network.named_parameters() if not weight.requires_grad}
    return {name: value for name, value in network.state_dict().items() if name not in frozen}


def _put(network: Any, tensors: dict[str, Any]) -> None:
    network.load_state_dict(tensors, strict=False)
