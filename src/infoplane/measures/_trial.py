"""Prompts on which many plans are tried, and what is kept of each plan.

A chunk holds its prompts' caches while plans are tried on it, so that one costs only the tokens behind its first edit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.measures._saved import Saved

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.models import LanguageModel, Plan, Rehearsal
    from infoplane.tasks import Split, Task

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_CHUNK = 64


@dataclass(frozen=True)
class Chunk:
    """Prompts that are held together: the rows their effects are kept as, and the answers that are scored."""

    rows: Rows
    prompts: Sequence["Prompt"]
    answers: Sequence[str]


@dataclass(frozen=True)
class Trial:
    """A chunk while plans are tried on it."""

    lm: "LanguageModel"
    chunk: Chunk

    @property
    def rows(self) -> Rows:
        """The rows of its plans."""
        return self.chunk.rows

    @cached_property
    def rehearsal(self) -> "Rehearsal":
        """Its prompts, held up to their last token."""
        from infoplane.models import Rehearsal

        return Rehearsal(self.lm, self.chunk.prompts, self.chunk.answers)


Job = Callable[[Trial], NDArray[Any]]


def scored(plan: "Plan | None") -> Job:
    """The job that runs `plan`, or none: divergence and scores of all answers side by side, (rows, 1 + K)."""

    def job(trial: Trial) -> Floats:
        effects = trial.rehearsal.plain if plan is None else trial.rehearsal.under(plan.take(trial.rows))
        return np.column_stack([effects.divergence, effects.scores])

    return job


def effects_of(saved: Saved, name: str) -> tuple[Floats, Floats]:
    """What `scored` kept under `name`: divergence (n,), scores (n, K)."""
    kept = saved.scratch.load(name)
    return kept[:, 0], kept[:, 1:]


def spread_rows(count: int, most: int | None) -> Rows:
    """All of `count` rows, or `most` of them from all over."""
    return np.unique(np.linspace(0, count - 1, min(count, most or count)).round().astype(np.int64))


def chunks_of(task: "Task", split: "Split", rows: Rows) -> list[Chunk]:
    """The given rows of `split` in chunks of 64."""
    prompts, parts = prompts_of(task, split), np.split(rows, range(_CHUNK, len(rows), _CHUNK))
    return [Chunk(part, [prompts[row] for row in part], task.answers) for part in parts]


def prompts_of(task: "Task", split: "Split") -> list["Prompt"]:
    """The prompts of `split`, in its order."""
    return [task.prompt(split.texts[row], split.pair(row)) for row in range(len(split))]


def answer_tokens(lm: "LanguageModel", task: "Task") -> int:
    """Tokens of the longest label behind a prompt."""
    prompt = lm.renderer.encode(prompts_of(task, task.splits["measure"].take([0])))[0]
    told, _ = lm.renderer.tokenize([prompt.text + answer for answer in ("", *task.answers)])
    return max(map(len, told)) - len(told[0])
