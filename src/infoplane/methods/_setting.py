"""What every method works with: one model, one task, one pool to retrieve from and one task space."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._method import Ask

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.methods._neighbours import Neighbours
    from infoplane.methods._retrieve import Retrieval
    from infoplane.models import LanguageModel, Plan
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split, Task

Told = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody wants to hear of."""


@dataclass(frozen=True, eq=False)
class Setting:
    """A model and a task, and what methods share.

    examples   how many examples icl, ic-icl and knn-vote retrieve for a query
    retriever  tfidf, task-space, or the name of an encoder
    given      a task space; without one, it is built from the direction split when a method first asks for it
    tuned      choices are made on at most so many examples of the tune split, and a space is built from as many, but
               ten a label at least
    folder     where a space that was built is kept for the next time
    """

    lm: "LanguageModel"
    task: "Task"
    examples: int = 5
    retriever: str = "tfidf"
    given: "TaskSpace | None" = None
    tuned: int = 1000
    seed: int = 0
    folder: Path | None = None
    told: Told = silent

    @property
    def pool(self) -> "Split":
        """The examples that may be retrieved: the direction split."""
        return self.task.pool

    @cached_property
    def tune(self) -> "Split":
        """The examples, with their labels, on which a method makes its choices."""
        return self.task.splits["tune"].stratified(self.tuned, self.seed)

    @cached_property
    def space(self) -> "TaskSpace":
        """The task space of the model on the direction split."""
        from infoplane.spaces import CONTEXTS, TaskSpace

        if self.given is not None:
            return self.given
        if self.folder is not None and (self.folder / "space.json").is_file():
            return TaskSpace.load(self.folder)
        told = lambda done, total: self.told("task space", done, total)  # noqa: E731
        contexts = min(CONTEXTS, max(10, self.tuned // len(self.task.labels)))
        space = TaskSpace.build(self.lm, self.task, contexts=contexts, seed=self.seed, progress=told)
        if self.folder is not None:
            space.save(self.folder)
        return space

    @cached_property
    def retrieval(self) -> "Retrieval":
        """The pool, encoded once."""
        from infoplane.methods._retrieve import Retrieval

        return Retrieval.of(self)

    def nearest(self, queries: "Split", k: int | None = None) -> "Neighbours":
        """The k examples of the pool nearest to each query, by default as many as `examples`."""
        return self.retrieval.nearest(queries, self.examples if k is None else k)

    def prompts(self, queries: "Split") -> "tuple[Prompt, ...]":
        """The bare prompt of every query."""
        return tuple(self.task.prompt(text, queries.pair(row)) for row, text in enumerate(queries.texts))

    def steered(self, plan: "Plan | None") -> AbstractContextManager[Any]:
        """The model under `plan`, or as it is."""
        return nullcontext() if plan is None else self.lm.steer(plan)

    def scores(self, ask: Ask) -> NDArray[np.float64]:
        """Scores of the labels (n, K) in nats: log p(label | prompt) under the plan, plus the offset."""
        offset = 0.0 if ask.offset is None else ask.offset
        if ask.prompts is None:
            return np.array(offset, np.float64)
        with self.steered(ask.plan):
            return self.lm.score(ask.prompts, self.task.answers) + offset


def hidden(queries: "Split") -> "Split":
    """`queries` with every label -1, as methods that are no oracles see them."""
    return replace(queries, labels=np.full(len(queries), -1), scores=None)
