"""A training from its parts: examples, objective and network brought together, run, and concluded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from infoplane.methods._setting import Setting, Told
from infoplane.methods._training._adapter import merged, with_lora
from infoplane.methods._training._beside import beside
from infoplane.methods._training._checkpoint import CHECKPOINTS
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._dropout import raw_dropout
from infoplane.methods._training._examples import Examples
from infoplane.methods._training._loop import Loop, State
from infoplane.methods._training._order import batches, check_classes
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._step import Stepper
from infoplane.methods._training._trackers import Trackers
from infoplane.methods._training._trainee import Trainee
from infoplane.objectives import Directions, Facts, Objective

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.runs import Run
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split, Task

HELD = 1000  # held-out examples that an epoch is judged on
_Value = TypeVar("_Value")


@dataclass(frozen=True, eq=False)
class Work:
    """What is trained, on what, for what, and where it is kept."""

    run: "Run"
    lm: "LanguageModel"
    task: "Task"
    objective: Objective
    recipe: Recipe
    train_on: Sequence[str]
    select_on: str
    devices: Devices
    seed: int
    told: Told
    space: "TaskSpace | None" = None
    teacher: "LanguageModel | None" = None
    network: Any = None

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.run.path / CHECKPOINTS

    @cached_property
    def trained(self) -> "Split":
        """All examples that are learnt."""
        return joined([self.task.splits[name] for name in self.train_on])

    @cached_property
    def held(self) -> "Split":
        """The examples that choose the epoch."""
        return self.task.splits[self.select_on].stratified(HELD, self.seed)

    @cached_property
    def trainee(self) -> Trainee:
        """The network that is trained, on this process's device."""
        trainee = Trainee(self.lm, self.task, self.recipe, self.seed, self.network)
        if self.recipe.lora is not None:
            with_lora(trainee.network, self.recipe.lora, self.seed)
        trainee.network.to(self.devices.device)
        return trainee

    @cached_property
    def examples(self) -> Examples:
        """The training examples as tensors."""
        return self.trainee.examples(self.trained)

    def train(self, trackers: Trackers | None) -> State:
        """Train to the end, from wherever a run before this one came to; adapters are merged at the end."""
        check_classes(self.trained.labels, self.task.labels, self.objective.fewest)
        self.objective.prepare(self._facts())
        self.objective.to(self.devices.device)
        parts = self.trainee, self.objective, self.examples
        store = self.run.states
        aside = main_first(self.devices, lambda: beside(*parts, self.trained, self.teacher, store, self.told))
        stepper = Stepper(*parts, aside, self.devices, steps=self._steps(), seed=self.seed)
        loop = Loop(stepper, self._judge, self.devices, self.checkpoints, trackers, self.told)
        with self.trainee.watched(self.objective.select), raw_dropout(self.trainee.network, stepper.masks):
            state = loop.run()
        if self.recipe.lora is not None:
            merged(self.trainee.network)
        return state

    def _judge(self) -> dict[str, Any]:
        """The task's first metric on the held-out examples, and what was predicted there."""
        predicted = self.trainee.predicted(self.held, self._held_examples).argmax(axis=1)
        metric = self.task.metrics[0]
        score = self.task.evaluate(self.held.labels, predicted)[metric] if self.objective.supervised else None
        return {"score": score, "predicted": predicted.tolist()}

    @cached_property
    def _held_examples(self) -> Examples:
        return self.trainee.examples(self.held)

    def _steps(self) -> int:
        labels = self.examples.labels.cpu().numpy()
        fewest = self.objective.fewest
        an_epoch = len(batches(labels, self.recipe.batch_size, seed=self.seed, epoch=0, fewest=fewest))
        steps = self.recipe.epochs * an_epoch
        return steps if self.recipe.max_steps is None else min(steps, self.recipe.max_steps)

    def _facts(self) -> Facts:
        counts = np.bincount(self.trained.labels, minlength=len(self.task.labels))
        return Facts(
            features=self.trainee.feature_width,
            width=self.lm.width,
            blocks=len(self.trainee.anatomy.blocks),
            vocabulary=int(self.trainee.anatomy.config.vocab_size),
            class_counts=tuple(counts.tolist()),
            decoder=self.lm.kind == "decoder",
            directions=self._directions,
            seed=self.seed,
        )

    def _directions(self) -> Directions:
        """Of the labels, in the network before training."""
        folder = self.run.artifacts / "space"
        setting = Setting(self.lm, self.task, given=self.space, seed=self.seed, folder=folder, told=self.told)
        space = main_first(self.devices, lambda: setting.space)
        vectors = np.stack([space.vectors(layer) for layer in space.layers])
        return Directions(space.layers, torch.from_numpy(vectors).float())


def joined(splits: "Sequence[Split]") -> "Split":
    """The examples of all of `splits`, one after the other."""
    first = splits[0]
    together: dict[str, Any] = {}
    for field in fields(first):
        values = [getattr(split, field.name) for split in splits]
        if values[0] is None:
            together[field.name] = None
        elif isinstance(values[0], np.ndarray):
            together[field.name] = np.concatenate(values)
        else:
            together[field.name] = tuple(one for value in values for one in value)
    return replace(first, **together)


def main_first(devices: Devices, do: Callable[[], _Value]) -> _Value:
    """What `do` gives in this process: the main one goes first, so that the others find what it keeps."""
    made: list[_Value] = []
    devices.on_main(lambda: made.append(do()))
    return made[0] if made else do()
