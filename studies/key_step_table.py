"""Table 2 of the task-space paper: the gold label's vector added or subtracted at some steps, and what is answered.

Beside it two controls that the paper has not: random directions of the same sizes, and another label's vector.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from answer_form import PAPER_STEPS, AnswerForm
from numpy.typing import NDArray
from steering_strength import Strength

from infoplane.estimators import Estimate, permute_labels, proportion, with_null
from infoplane.methods._macro_f1 import macro_f1
from infoplane.methods._significance import paired_difference
from infoplane.models import LanguageModel
from infoplane.runs import Run
from infoplane.spaces import TaskSpace
from infoplane.tasks import Split, Task

Labels = NDArray[np.int64]
Kind = Literal["oracle", "random", "other"]

# Rows of the paper's table that its text compares.
COMPARED_STEPS = (("0-3", "0"), ("4-5", "0"), ("0,4-5", "4-5"))

CHUNK = 128
DRAWS = 200
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Condition:
    """Whose vector, added or subtracted, at which steps of the paper, how strongly."""

    kind: Kind
    operation: Literal["add", "subtract"]
    steps: str
    strength: Strength

    @property
    def method(self) -> str:
        """Its name in the ledger."""
        return f"{self.kind} {self.operation}" + ("" if self.strength.dose else ", every layer")

    @property
    def name(self) -> str:
        """Its name in the store."""
        return f"{self.method} {self.steps}".replace(",", " ").replace("  ", ".").replace(" ", ".")

    @property
    def where(self) -> dict[str, Any]:
        """Its coordinates in the ledger."""
        return {"method": self.method, "role": f"steps={self.steps}", "dose": self.strength.dose}


def conditions(strengths: Sequence[Strength]) -> list[Condition]:
    """All conditions, those of the paper before their controls."""
    return [
        Condition(kind, operation, steps, strength)
        for strength in strengths
        for kind in (("oracle", "random", "other") if strength.controlled else ("oracle",))
        for steps in PAPER_STEPS
        for operation in ("add", "subtract")
    ]


class Answers:
    """What a model answers to `items` in every condition, kept chunk by chunk in the store of a run."""

    def __init__(
        self, lm: LanguageModel, task: Task, items: Split, form: AnswerForm, spaces: Mapping[str, TaskSpace], run: Run
    ) -> None:
        self.lm, self.task, self.items, self.form, self.run = lm, task, items, form, run
        self.spaces = {
            name: {"oracle": space, "random": space.random(), "other": space.swapped()}
            for name, space in spaces.items()
        }

    def rows(self, condition: Condition | None) -> Labels:
        """The items that are asked: all, but for controls and the literal form every second one."""
        whole = condition is None or (condition.kind == "oracle" and condition.strength.controlled)
        return np.arange(0, len(self.items), 1 if whole else 2)

    def collect(self, condition: Condition | None) -> None:
        """Generate what is not in the store yet; None: without steering."""
        name = PLAIN if condition is None else condition.name
        missing = np.setdiff1d(self.rows(condition), self.run.states.done(name))
        for start in range(0, len(missing), CHUNK):
            rows = missing[start : start + CHUNK]
            self.run.states.write(name, rows, self._answered(self.items.take(rows), condition))

    def of(self, condition: Condition | None, rows: Labels) -> Labels:
        """The label of the answers to `rows`, -1 where one names none."""
        name = PLAIN if condition is None else condition.name
        return self.run.states.load(name)[np.searchsorted(self.run.states.done(name), rows)]

    def _answered(self, items: Split, condition: Condition | None) -> Labels:
        prompts = self.form.prompts(self.task, items)
        if condition is None:
            answers = self.lm.generate(prompts, max_new_tokens=self.form.most_steps)
        else:
            gold = [self.task.labels[label] for label in items.labels]
            strength = condition.strength
            space = self.spaces[strength.directions][condition.kind]
            how = {"coefficient": strength.coefficient, "layers": strength.layers}
            with self.lm.steer(self.form.plan(space, gold, condition.steps, condition.operation, **how)):
                answers = self.lm.generate(prompts, max_new_tokens=self.form.most_steps)
        named = np.array([self.form.read(pieces, self.task.labels).label for pieces in answers.pieces])
        return np.where(named < len(self.task.labels), named, -1)


def table_rows(answers: Answers, asked: Sequence[Condition], seed: int) -> Iterator[tuple[dict[str, Any], Estimate]]:
    """Numbers of the plain answers and of every condition, and its differences from them and from its controls."""
    for condition in (None, *asked):
        where = {"method": PLAIN} if condition is None else condition.where
        for quantity, estimate in _numbers(answers, condition, seed).items():
            yield {"quantity": quantity, **where}, estimate
    for condition in asked:
        yield {"quantity": "difference_from_plain", **condition.where}, _difference(answers, condition, None, seed)
        if condition.kind != "oracle" or not condition.strength.controlled:
            continue
        for kind in ("random", "other"):
            found = _difference(answers, condition, replace(condition, kind=kind), seed)
            yield {"quantity": f"difference_from_{kind}", **condition.where}, found
        for steps in (other for one, other in COMPARED_STEPS if one == condition.steps):
            found = _difference(answers, condition, replace(condition, steps=steps), seed)
            role = f"steps={condition.steps} less steps={steps}"
            yield {"quantity": "difference_between_steps", **condition.where, "role": role}, found


def _difference(answers: Answers, one: Condition, other: Condition | None, seed: int) -> Estimate:
    """Accuracy under `one` less that under `other`, paired by item, on the items that both were asked."""
    rows = np.intersect1d(answers.rows(one), answers.rows(other))
    items = answers.items.take(rows)
    first, second = (answers.of(condition, rows) == items.labels for condition in (one, other))
    return paired_difference(first, second, items.groups, seed=seed)


def _numbers(answers: Answers, condition: Condition | None, seed: int) -> dict[str, Estimate]:
    rows, labels = answers.rows(condition), len(answers.task.labels)
    said, items = answers.of(condition, rows), answers.items.take(rows)
    permuted = permute_labels(items.labels, items.groups, DRAWS, seed)
    hits = proportion(said == items.labels, items.groups)
    return {
        "accuracy": with_null(hits, (permuted == said).mean(axis=1), estimator="greedy_answer"),
        "macro_f1": macro_f1(items.labels, said, items.groups, labels, seed=seed),
        "coverage": proportion(said >= 0, items.groups),
    }
