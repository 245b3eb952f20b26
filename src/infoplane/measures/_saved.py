"""What a run has read from a model: states, scores and answers, measurable without the model."""

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import RunError, one_line
from infoplane.measures._answers import ROLES
from infoplane.runs import Run, StateStore
from infoplane.spaces import TaskSpace

_ABOUT = "saved.json"


@dataclass(frozen=True)
class Saved:
    """States in `store`, and `about`: model, task, labels, layers and the labels and groups of every split."""

    store: StateStore
    about: dict[str, Any]
    artifacts: Path

    @classmethod
    def of(cls, run: Run) -> Self:
        """What `run` has saved; RunError where its reading was not finished."""
        path = run.artifacts / _ABOUT
        if not path.is_file():
            do = "finish it with the command it was started with"
            raise RunError(one_line(f"run {run.path} without saved states", "a run that read its model to the end", do))
        return cls(run.states, json.loads(path.read_text(encoding="utf-8")), run.artifacts)

    @cached_property
    def space(self) -> TaskSpace:
        """The task space the run was given or built."""
        return TaskSpace.load(self.artifacts / "space")

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names."""
        return tuple(self.about["labels"])

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers that were read, 0 being the embedding output."""
        return tuple(self.about["layers"])

    @property
    def width(self) -> int:
        """Width of the states."""
        return int(self.about["width"])

    @property
    def decoder(self) -> bool:
        """Whether the model answers prompts: only then are there scores, a lens and decoding steps."""
        return bool(self.about["kind"] == "decoder")

    @property
    def roles(self) -> tuple[str, ...]:
        """The states that were read of every prompt: `last` token (decoders only) and mean of `content` tokens."""
        return ("last", "content") if self.decoder else ("content",)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the task, accuracy first."""
        return tuple(dict.fromkeys(("accuracy", *self.about["metrics"])))

    @cached_property
    def _coded(self) -> NDArray[np.int64]:
        return np.asarray(self.store.load("measure.answers"), np.int64)

    @property
    def answers(self) -> NDArray[np.int64]:
        """The label every answer names, (n,); the number of labels where it names none."""
        return self._coded[:, 0]

    @cached_property
    def running(self) -> tuple[NDArray[np.int64], ...]:
        """For every step from 1, the rows whose answers emit a token there."""
        lengths = self._coded[:, 1]
        return tuple(np.flatnonzero(lengths >= step) for step in range(1, int(lengths.max()) + 1))

    def steps_of(self, role: str) -> NDArray[np.int64]:
        """The first step at which every answer emits a token of `role`, (n,); 0 where it has none."""
        return self._coded[:, 2 + ROLES.index(role)]

    def labels(self, split: str = "measure") -> NDArray[np.int64]:
        """The label of every example, (n,)."""
        return np.asarray(self.about["splits"][split]["labels"], np.int64)

    def groups(self, split: str = "measure") -> NDArray[np.int64]:
        """The group of every example, (n,)."""
        return np.asarray(self.about["splits"][split]["groups"], np.int64)

    def states(self, name: str, layer: int) -> NDArray[np.float64]:
        """States (rows, width) saved under `name` at `layer`, in the order of their rows."""
        return np.asarray(self.store.load(name, self.layers.index(layer)), np.float64)


def write_saved(run: Run, about: dict[str, Any]) -> Saved:
    """Say that the run's states are complete and what they are of."""
    path = run.artifacts / _ABOUT
    path.with_suffix(".tmp").write_text(json.dumps(about), encoding="utf-8")
    os.replace(path.with_suffix(".tmp"), path)
    return Saved.of(run)
