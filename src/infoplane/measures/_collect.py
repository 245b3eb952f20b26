"""Reading a model: states, label scores, lens and answers, all into the run's store.

The store is resumable: rows that stand in it are not read again. Rows are taken in chunks that do not depend on what
was done before, so that a run that was killed ends with the same bits.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.measures._numbers import Progress
from infoplane.measures._saved import ABOUT, Saved, answers_path
from infoplane.models import Select
from infoplane.runs import Run, write_atomic, writing

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.models import Generation, LanguageModel
    from infoplane.tasks import Task

SPLITS = ("measure", "tune")
_CHUNK = 64
_SPARE_TOKENS = 2
_MOST_TOKENS = 12
_EXAMPLES = 12

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
        """Whether a prompt has a last token that has seen all others."""
        return self.lm.kind == "decoder"

    @cached_property
    def steps(self) -> int:
        """Decoding steps to record."""
        return steps_needed(self.lm, self.task)

    def prompts(self, split: str) -> list["Prompt"]:
        """The prompts of `split`, in its order."""
        examples = self.task.splits[split]
        return [self.task.prompt(examples.texts[row], examples.pair(row)) for row in range(len(examples))]

    def collect(self) -> Saved:
        """Read whatever is missing and describe it; what is returned needs the model no more."""
        self.run.note(truncated={split: self._read_states(split) for split in SPLITS})
        if self.lm.answers:
            self._score()
            self._lens()
            self._answer()
        write_atomic(self.run.artifacts / ABOUT, json.dumps(self._about()))
        return Saved.of(self.run)

    def _read_states(self, split: str) -> int:
        """Read `split`; how many of its texts lost their beginning to the context."""
        selects = {"content": Select(layers=self.layers, tokens="content", reduce="mean")}
        if self.decoder:
            selects["last"] = Select(layers=self.layers, tokens="last")
        if self.with_sums and split == "measure":
            selects["sum"] = Select(layers=self.layers, tokens="content", reduce="sum")
        told = lambda done, total: self.progress(f"reading {split}", done, total)  # noqa: E731
        states = self.lm.read(self.prompts(split), selects, store=self.run.states, key=f"{split}.", progress=told)
        return states["content"].truncated

    def _score(self) -> None:
        """Log-probabilities of all labels, chunk by chunk."""
        prompts, done = self.prompts("measure"), set(self.run.states.done("measure.scores").tolist())
        for start in range(0, len(prompts), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(prompts)))
            if not done.issuperset(rows.tolist()):
                scores = self.lm.score([prompts[row] for row in rows], self.task.answers)
                self.run.states.write("measure.scores", rows, scores)
            self.progress("scoring labels", int(rows[-1]) + 1, len(prompts))

    def _lens(self) -> None:
        """Logits of every label's first token at every layer, from the last-token states just read."""
        if len(self.run.states.done("measure.lens")) == len(self.task.splits["measure"]):
            return
        layers = [self.run.states.load("measure.last", at) for at in range(len(self.layers))]
        logits = self.lm.lens(np.stack(layers, axis=1), self._first_tokens(), self.layers)
        self.run.states.write("measure.lens", np.arange(len(logits)), logits)

    def _answer(self) -> None:
        """Greedy answers with the states of every step; the file of a chunk's tokens is written last."""
        prompts, select = self.prompts("measure"), Select(layers=self.layers)
        for start in range(0, len(prompts), _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, len(prompts)))
            path = answers_path(self.run.artifacts, start)
            if not path.is_file():
                said = self.lm.generate([prompts[row] for row in rows], max_new_tokens=self.steps, select=select)
                self._keep_steps(rows, said)
                with writing(path.parent):
                    path.parent.mkdir(exist_ok=True)
                write_atomic(path, json.dumps(said.pieces))
            self.progress("generating", int(rows[-1]) + 1, len(prompts))

    def _keep_steps(self, rows: Rows, said: "Generation") -> None:
        """States of the answers that still run at each step, as the given rows of `measure.step<t>`."""
        for at, step in enumerate(said.steps):
            running = said.running[:, at]
            if said.states is not None and running.any():
                self.run.states.write(f"measure.step{step}", rows[running], said.states[running, at])

    def _first_tokens(self) -> list[int]:
        """The token each label begins with after a prompt, which is what the logit lens reads."""
        renderer, pairs = self.lm.renderer, self.task.splits["measure"].pairs
        prompt = renderer.encode([self.task.prompt("It", None if pairs is None else "It")])[0]
        told, _ = renderer.tokenize([prompt.text + answer for answer in self.task.answers])
        return [ids[len(prompt.ids)] for ids in told]

    def _examples(self) -> list[tuple[int, str]]:
        """Some rows of the measure split with their texts, spread over the whole of it."""
        texts = self.task.splits["measure"].texts
        return [(row, texts[row]) for row in sorted({round(at) for at in np.linspace(0, len(texts) - 1, _EXAMPLES)})]

    def _about(self) -> dict[str, Any]:
        return {
            "model": self.lm.name,
            "fingerprint": self.lm.fingerprint,
            "kind": self.lm.kind,
            "answers": self.lm.answers,
            "width": self.lm.width,
            "blocks": self.lm.layers,
            "task": self.task.name,
            "aspect": self.task.aspect,
            "metrics": list(self.task.metrics),
            "labels": list(self.task.labels),
            "layers": list(self.layers),
            "steps": self.steps if self.lm.answers else 0,
            "first_tokens": self._first_tokens() if self.lm.answers else [],
            "examples": self._examples(),
            "splits": {
                split: {name: getattr(self.task.splits[split], name).tolist() for name in ("labels", "groups")}
                for split in SPLITS
            },
        }


def steps_needed(lm: "LanguageModel", task: "Task") -> int:
    """Decoding steps that hold the longest label of `task`, its separator and the end, within reason."""
    longest = max(len(ids) for ids in lm.tokenizer(list(task.answers), add_special_tokens=False)["input_ids"])
    return min(longest + _SPARE_TOKENS, _MOST_TOKENS)
