"""Scores of every label for every item under a method, kept chunk by chunk so that a run that was killed goes on."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._setting import hidden
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.runs import StateStore
    from infoplane.tasks import Split

CHUNK = 64
_PARTS = ("scores", "of_model", "divergence", "dropped")

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scored:
    """What a method says of n items.

    scores      (n, K) nats; the prediction is the largest
    of_model    (n, K) nats, scores before an offset was added to what the model says; None without the one or the other
    divergence  (n,) KL(steered || plain) in nats where the label's first token is predicted; None without steering
    dropped     (n,) how many examples retrieval left out as the item itself; None without retrieval
    """

    scores: NDArray[np.float64]
    of_model: NDArray[np.float64] | None = None
    divergence: NDArray[np.float64] | None = None
    dropped: NDArray[np.int64] | None = None

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The predicted label of every item."""
        return np.asarray(self.scores.argmax(axis=1))


def asked(setting: "Setting", method: Method, queries: "Split", choices: Choices) -> Ask:
    """What `method` asks about `queries`, whose labels only an oracle sees."""
    return method.ask(setting, queries if method.oracle else hidden(queries), choices)


def score_items(
    setting: "Setting",
    method: Method,
    queries: "Split",
    choices: Choices,
    store: "StateStore",
) -> Scored:
    """`method` on all `queries`; rows that stand in `store` under its name are not computed again."""
    name = stored(method)
    done = set(store.done(f"{name}.scores").tolist())
    for start in range(0, len(queries), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(queries)))
        if not done.issuperset(rows.tolist()):
            ask = asked(setting, method, queries.take(rows), choices)
            _keep(store, name, rows, score(setting, ask))
        setting.told(f"scoring: {method.name}", int(rows[-1]) + 1, len(queries))
    kept = {part: f"{name}.{part}" for part in _PARTS}
    return Scored(**{part: store.load(one) for part, one in kept.items() if one in store.names()})


def _keep(store: "StateStore", name: str, rows: NDArray[np.int64], scored: Scored) -> None:
    """Write the parts there are; the scores last, as they mark the rows as done."""
    for part in reversed(_PARTS):
        found = getattr(scored, part)
        if found is not None:
            store.write(f"{name}.{part}", rows, found)


def stored(method: Method) -> str:
    """The method's name as a store takes it."""
    return method.name.replace("+", "-and-")


def score(setting: "Setting", ask: Ask) -> Scored:
    """What is asked, scored; under a plan, its divergence too."""
    dropped = None if ask.neighbours is None else ask.neighbours.dropped
    if ask.prompts is None:
        return Scored(setting.scores(ask), dropped=dropped)
    scores, divergence = _of_model(setting, ask)
    if ask.offset is None:
        return Scored(scores, divergence=divergence, dropped=dropped)
    return Scored(scores + ask.offset, scores, divergence, dropped)


def _of_model(setting: "Setting", ask: Ask) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Scores (n, K) of the model without an offset and, under a plan, the divergence (n,), in nats."""
    if ask.plan is None or ask.prompts is None:
        return setting.scores(replace(ask, offset=None)), None
    from infoplane.models import Rehearsal

    edits = ask.plan.edits
    select = edits[0].select if len(edits) == 1 else Select(tokens="all")
    effects = Rehearsal(setting.lm, ask.prompts, setting.task.answers, select=select).under(ask.plan)
    return effects.scores, effects.divergence
