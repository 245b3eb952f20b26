"""Reading a model: states, label scores, lens and answers, all into the run's store.

The store is resumable: rows that stand in it are not read again. Rows are taken in chunks that do not depend on what
was done before, so that a run that was killed ends with the same bits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.measures._answers import ROLES, read_answer
from infoplane.measures._numbers import Progress
from infoplane.measures._saved import Saved, write_saved
from infoplane.models import Select
from infoplane.runs import Run

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

SPLITS = ("measure", "tune")
_CHUNK = 64
_SPARE_TOKENS = 2
_MOST_TOKENS = 12

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Reading:
    """A model, a task and the run its states go to. `layers`: which to read; layer 0 is always among them."""

    lm: "LanguageModel"
    task: "Task"
    run: Run
    layers: tuple[int, ...]
    with_sums: bool
    progress: Progress

    @property
    def decoder(self) -> bool:
        """Whether the model can answer a prompt."""
        return self.lm.kind == "decoder"

    @cached_property
    def steps(self) -> int:
        """Decoding steps to record: enough for the longest label, its separator and the end."""
        longest = max(len(self.lm.tokenizer.encode(answer, add_special_tokens=False)) for answer in self.task.answers)
        return min(longest + _SPARE_TOKENS, _MOST_TOKENS)

    def prompts(self, split: str) -> list["Prompt"]:
        """The prompts of `split`, in its order."""
        examples = self.task.splits[split]
        return [self.task.prompt(examples.texts[row], examples.pair(row)) for row in range(len(examples))]

    def collect(self) -> Saved:
        """Read whatever is missing and describe it; what is returned needs the model no more."""
        for split in SPLITS:
            self._read_states(split)
        if self.decoder:
            self._score()
            self._lens()
            self._answer()
        return write_saved(self.run, self._about())

    def _read_states(self, split: str) -> None:
        selects = {"content": Select(layers=self.layers, tokens="content", reduce="mean")}
        if self.decoder:
            selects["last"] = Select(layers=self.layers, tokens="last")
        if self.with_sums and split == "measure":
            selects["sum"] = Select(layers=self.layers, tokens="content", reduce="sum")
        told = lambda done, total: self.progress(f"reading {split}", done, total)  # noqa: E731
        self.lm.read(self.prompts(split), selects, store=self.run.states, key=f"{split}.", progress=told)

    def _missing(self, name: str, what: str) -> Iterator[Rows]:
        """Chunks of rows of the measure split that are not in the store under `name` yet."""
        total, done = len(self.task.splits["measure"]), set(self.run.states.done(name).tolist())
        for start in range(0, total, _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, total))
            if not done.issuperset(rows.tolist()):
                yield rows
            self.progress(what, int(rows[-1]) + 1, total)

    def _score(self) -> None:
        prompts = self.prompts("measure")
        for rows in self._missing("measure.scores", "scoring labels"):
            scores = self.lm.score([prompts[row] for row in rows], self.task.labels)
            self.run.states.write("measure.scores", rows, scores)

    def _lens(self) -> None:
        tokens = self._first_tokens()
        for rows in self._missing("measure.lens", "logit lens"):
            states = np.stack([self.run.states.load("measure.last", at, rows) for at in range(len(self.layers))], 1)
            self.run.states.write("measure.lens", rows, self.lm.lens(states, tokens, self.layers))

    def _answer(self) -> None:
        """Greedy answers with the states of every step; `measure.answers` is written last and marks a chunk done."""
        prompts = self.prompts("measure")
        select = Select(layers=self.layers, tokens="last")
        for rows in self._missing("measure.answers", "generating"):
            said = self.lm.generate([prompts[row] for row in rows], max_new_tokens=self.steps, select=select)
            for step in range(said.states.shape[1]):
                running = said.running[:, step]
                self.run.states.write(f"measure.step{step + 1}", rows[running], said.states[running, step])
            self.run.states.write("measure.answers", rows, self._coded(said.pieces))

    def _coded(self, pieces: list[list[str]]) -> NDArray[np.int64]:
        """Per answer: label named, number of steps, and the first step of every role (0 where it has none)."""
        coded = []
        for emitted in pieces:
            answer = read_answer(emitted, self.task.labels)
            firsts = [answer.roles.index(role) + 1 if role in answer.roles else 0 for role in ROLES]
            coded.append([answer.label, len(emitted), *firsts])
        return np.asarray(coded, np.int64)

    def _first_tokens(self) -> list[int]:
        """The token each label begins with after a prompt, which is what the logit lens reads."""
        return [self.lm.continuation(self.prompts("measure")[0], label)[0] for label in self.task.labels]

    def _about(self) -> dict[str, Any]:
        return {
            "model": self.lm.name,
            "kind": self.lm.kind,
            "width": self.lm.width,
            "blocks": self.lm.layers,
            "task": self.task.name,
            "aspect": self.task.aspect,
            "metrics": list(self.task.metrics),
            "labels": list(self.task.labels),
            "layers": list(self.layers),
            "steps": self.steps if self.decoder else 0,
            "first_tokens": self._first_tokens() if self.decoder else [],
            "splits": {
                split: {name: getattr(self.task.splits[split], name).tolist() for name in ("labels", "groups")}
                for split in SPLITS
            },
        }
