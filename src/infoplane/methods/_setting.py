"""What every method works with: one model, one task, one pool to retrieve from and one task space."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._method import Ask

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.methods._neighbours import Neighbours
    from infoplane.methods._retrieve import Retrieval
    from infoplane.models import LanguageModel
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split, Task


@dataclass(frozen=True, eq=False)
class Setting:
    """A model and a task, and what methods share.

    examples   how many examples icl, ic-icl and knn-vote retrieve for a query
    retriever  tfidf, task-space, or the name of an encoder
    given      a task space; without one, it is built from the direction split when a method first asks for it
    """

    lm: "LanguageModel"
    task: "Task"
    examples: int = 5
    retriever: str = "tfidf"
    given: "TaskSpace | None" = None
    seed: int = 0

    @property
    def pool(self) -> "Split":
        """The examples that may be retrieved: the direction split."""
        return self.task.pool

    @property
    def tune(self) -> "Split":
        """The examples, with their labels, on which a method makes its choices."""
        return self.task.splits["tune"]

    @cached_property
    def space(self) -> "TaskSpace":
        """The task space of the model on the direction split."""
        from infoplane.spaces import TaskSpace

        return self.given or TaskSpace.build(self.lm, self.task, seed=self.seed)

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

    def scores(self, ask: Ask) -> NDArray[np.float64]:
        """Scores of the labels (n, K) in nats: log p(label | prompt) under the plan, plus the offset."""
        offset = 0.0 if ask.offset is None else ask.offset
        if ask.prompts is None:
            return np.array(offset, np.float64)
        if ask.plan is None:
            return self.lm.score(ask.prompts, self.task.answers) + offset
        with self.lm.steer(ask.plan):
            return self.lm.score(ask.prompts, self.task.answers) + offset


def hidden(queries: "Split") -> "Split":
    """`queries` with every label -1, as methods that are no oracles see them."""
    return replace(queries, labels=np.full(len(queries), -1), scores=None)
