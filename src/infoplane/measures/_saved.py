"""What a run has read from a model: states, scores and answers, measurable without the model."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import RunError, one_line
from infoplane.measures._answers import Answer, read_answer
from infoplane.runs import Run, StateStore
from infoplane.spaces import TaskSpace

ABOUT = "saved.json"
NEIGHBOURS = (1, 2, 5)


def answers_path(artifacts: Path, start: int) -> Path:
    """Where the emitted tokens of a chunk of answers that begins at row `start` are kept."""
    return artifacts / "answers" / f"{start:08d}.json"


@dataclass(frozen=True)
class Saved:
    """States in `store`, and `about`: model, task, labels, layers and the labels and groups of every split.

    `scratch`: where the permutation draws go that several numbers share. `given`: a task space to use instead.
    """

    store: StateStore
    about: dict[str, Any]
    artifacts: Path
    scratch: StateStore
    given: TaskSpace | None = None

    @classmethod
    def of(cls, run: Run, scratch: StateStore | None = None, given: TaskSpace | None = None) -> Self:
        """What `run` has saved; RunError where its reading was not finished."""
        path = run.artifacts / ABOUT
        if not path.is_file():
            do = "finish it with the command it was started with"
            raise RunError(one_line(f"run {run.path} without saved states", "a run that read its model to the end", do))
        about = json.loads(path.read_text(encoding="utf-8"))
        return cls(run.states, about, run.artifacts, scratch or run.states, given)

    @cached_property
    def space(self) -> TaskSpace:
        """The task space the run was given or built."""
        return self.given or TaskSpace.load(self.artifacts / "space")

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
    def space_sizes(self) -> tuple[int, ...]:
        """How many nearest labels span the spaces d_k that are measured: 1, 2, 5 and all."""
        return (*(count for count in NEIGHBOURS if count < len(self.names)), len(self.names))

    @property
    def of_parent(self) -> bool:
        """Whether the task space is that of another model, the one that this was trained from."""
        return bool(self.space.fingerprint != self.about.get("fingerprint", self.space.fingerprint))

    @property
    def decoder(self) -> bool:
        """Whether a prompt has a last token that has seen all others."""
        return bool(self.about["kind"] == "decoder")

    @property
    def answering(self) -> bool:
        """Whether the model answers prompts: only then are there scores, a lens and decoding steps."""
        return bool(self.about.get("answers", self.decoder))

    @property
    def roles(self) -> tuple[str, ...]:
        """The states that were read of every prompt: `last` token (decoders only) and mean of `content` tokens."""
        return ("last", "content") if self.decoder else ("content",)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the task, accuracy first."""
        return tuple(dict.fromkeys(("accuracy", *self.about["metrics"])))

    @cached_property
    def pieces(self) -> list[list[str]]:
        """The texts of the tokens every answer emitted."""
        chunks = sorted((self.artifacts / "answers").glob("*.json"))
        return [answer for chunk in chunks for answer in json.loads(chunk.read_text(encoding="utf-8"))]

    @cached_property
    def said(self) -> list[Answer]:
        """Every answer as it was understood."""
        return [read_answer(pieces, self.names) for pieces in self.pieces]

    @property
    def answers(self) -> NDArray[np.int64]:
        """The label every answer names, (n,); the number of labels where it names none."""
        return np.array([answer.label for answer in self.said], np.int64)

    @cached_property
    def running(self) -> tuple[NDArray[np.int64], ...]:
        """For every step from 1, the rows whose answers emit a token there."""
        lengths = np.array([len(pieces) for pieces in self.pieces])
        return tuple(np.flatnonzero(lengths >= step) for step in range(1, int(lengths.max()) + 1))

    def steps_of(self, role: str) -> NDArray[np.int64]:
        """The first step at which every answer emits a token of `role`, (n,); 0 where it has none."""
        firsts = [answer.roles.index(role) + 1 if role in answer.roles else 0 for answer in self.said]
        return np.array(firsts, np.int64)

    def labels(self, split: str = "measure") -> NDArray[np.int64]:
        """The label of every example, (n,)."""
        return np.asarray(self.about["splits"][split]["labels"], np.int64)

    def groups(self, split: str = "measure") -> NDArray[np.int64]:
        """The group of every example, (n,)."""
        return np.asarray(self.about["splits"][split]["groups"], np.int64)

    def states(self, name: str, layer: int) -> NDArray[np.float64]:
        """States (rows, width) saved under `name` at `layer`, in the order of their rows."""
        return np.asarray(self.store.load(name, self.layers.index(layer)), np.float64)
