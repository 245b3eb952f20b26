"""Predicting with one method: the labels of a split, or of texts nobody has labelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from infoplane._errors import InputError, one_line
from infoplane._prompt import Prompt
from infoplane.estimators import Estimate, proportion
from infoplane.methods._answering import COSTS, TURN, some_of, take_turn, warm_up
from infoplane.methods._choosing import chosen_before
from infoplane.methods._compare import check_methods, check_pair, check_seed, check_split, check_unseen
from infoplane.methods._inherited import parent_flags
from infoplane.methods._macro_f1 import macro_f1
from infoplane.methods._method import Choices, Method
from infoplane.methods._scoring import CHUNK, asked, score
from infoplane.methods._setting import Setting, Told, silent
from infoplane.tasks import Split

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Task

_RESPONSE = "Response:"
_RESPONSE_TOKENS = 40


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a method predicts of n items.

    scores     (n, K) nats, the prediction is the largest; as probabilities, their softmax
    predicted  (n,) indices into `labels`
    costs      means an item: seconds of retrieval, prompt (prefill) and answer (decode), tokens of prompt and answer
    neighbours rows of the pool that were retrieved, by item; empty without retrieval
    dropped    how many examples of the pool were left out as an item itself: near duplicates, the same conversation
    responses  what the model says next, given the predicted label; None where it was not asked
    accuracy, macro_f1  where the labels are known
    """

    method: str
    items: Split
    labels: tuple[str, ...]
    scores: NDArray[np.float64]
    predicted: NDArray[np.int64]
    costs: dict[str, float]
    choices: Choices
    neighbours: tuple[tuple[int, ...], ...] = ()
    dropped: int = 0
    responses: tuple[str, ...] | None = None
    accuracy: Estimate | None = None
    macro_f1: Estimate | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The predicted labels as words."""
        return tuple(self.labels[label] for label in self.predicted)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Probabilities of the labels among each other, (n, K)."""
        return np.asarray(softmax(self.scores, axis=1))


def predict(
    lm: "LanguageModel",
    task: "Task",
    *,
    method: str = "prompt",
    split: str = "test",
    texts: Sequence[str] | None = None,
    pairs: Sequence[str] | None = None,
    max_examples: int | None = None,
    examples: int = 5,
    retriever: str = "tfidf",
    space: "TaskSpace | None" = None,
    chosen: str | Path | None = None,
    respond: bool = False,
    seed: int = 0,
    progress: Told | None = None,
) -> Predictions:
    """The labels `method` predicts of `texts` (and `pairs`), or of at most `max_examples` of a split of `task`.

    Other arguments as in `compare`. `chosen`: the directory of a comparison whose choices are used instead of choosing
    again. `respond`: also generate a response, given the predicted label (eq. 22 of the task-space paper). Raises
    InputError for what there is not, for a method that chooses on the tune split, an oracle without labels, and an
    encoder.
    """
    (way,) = check_methods([method])
    check_pair(lm, task, space)
    check_seed(seed)
    if texts is None:
        check_unseen(split, [way], retriever)
        items = check_split(task, split)
        items = items.stratified(max_examples or len(items), seed)
    else:
        items = _unlabelled(task, texts, pairs)
    if way.oracle and texts is not None:
        raise InputError(one_line(f"method {method} for new texts", "texts with labels", "use it on a split"))
    setting = Setting(lm, task, examples, retriever, space, seed=seed, told=progress or silent)
    if chosen is None:
        return _predicted(setting, way, items, way.choose(setting), respond=respond)
    choices, folder = chosen_before(setting, way, chosen)
    return _predicted(replace(setting, folder=folder), way, items, choices, respond=respond)


def _predicted(setting: Setting, method: Method, items: Split, choices: Choices, *, respond: bool) -> Predictions:
    scores, neighbours, dropped = [], [], 0
    for start in range(0, len(items), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(items)))
        ask = asked(setting, method, items.take(rows), choices)
        scores.append(score(setting, ask).scores)
        if ask.neighbours is not None:
            neighbours += [tuple(near) for near in ask.neighbours.rows.tolist()]
            dropped += int(ask.neighbours.dropped.sum())
        setting.told("predicting", int(rows[-1]) + 1, len(items))
    found = np.concatenate(scores)
    predicted = found.argmax(axis=1)
    known = bool((items.labels >= 0).all()) and len(np.unique(items.groups)) > 1
    labels, flags = setting.task.labels, parent_flags(setting, method.name, choices)
    accuracy = proportion(predicted == items.labels, items.groups) if known else None
    f1 = macro_f1(items.labels, predicted, items.groups, len(labels), seed=setting.seed) if known else None
    return Predictions(
        method=method.name,
        items=items,
        labels=labels,
        scores=found,
        predicted=predicted,
        costs=_mean_costs(setting, method, items, choices),
        choices=choices,
        neighbours=tuple(neighbours),
        dropped=dropped,
        responses=_responses(setting, items, predicted) if respond else None,
        accuracy=None if accuracy is None else accuracy.flagged(*flags),
        macro_f1=None if f1 is None else f1.flagged(*flags),
    )


def _mean_costs(setting: Setting, method: Method, items: Split, choices: Choices) -> dict[str, float]:
    some = some_of(items)
    warm_up(setting, method, some, choices)
    turns = [
        take_turn(setting, method, some.take(range(start, min(start + TURN, len(some)))), choices)
        for start in range(0, len(some), TURN)
    ]
    means = np.concatenate(turns).mean(axis=0).tolist()
    return {name: mean for name, mean in zip(COSTS, means, strict=True) if name != "said"}


def _responses(setting: Setting, items: Split, predicted: NDArray[np.int64]) -> tuple[str, ...]:
    """What the model says after each text and its predicted label."""
    asked_again = [
        Prompt(f"{prompt.text}\n{prompt.prefix}{setting.task.answers[label]}", _RESPONSE, prompt.content)
        for prompt, label in zip(setting.prompts(items), predicted, strict=True)
    ]
    said = setting.lm.generate(asked_again, max_new_tokens=_RESPONSE_TOKENS)
    return tuple(text.strip() for text in said.texts)


def _unlabelled(task: "Task", texts: Sequence[str], pairs: Sequence[str] | None) -> Split:
    """New texts as a split of labels -1, each a group of its own that no example is in."""
    if isinstance(texts, str) or not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise InputError(one_line(f"texts {texts!r:.60}", "a list of texts that are not empty", "pass a list"))
    seconds = [pair for pair in pairs or () if isinstance(pair, str)]
    if (task.pool.pairs is None) != (pairs is None) or (pairs is not None and len(seconds) != len(texts)):
        wanted = "no second texts" if task.pool.pairs is None else "a second text for each"
        raise InputError(one_line(f"{len(texts)} texts for task {task.name}", wanted, "pass pairs= to match"))
    n = len(texts)
    ids = tuple(f"text:{row}" for row in range(n))
    return Split(tuple(texts), np.full(n, -1), -1 - np.arange(n), ids, None if pairs is None else tuple(pairs))
