"""The numbers of a distillation: teachers and students on held-out examples, the chosen ones on the test split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate
from infoplane.methods._distilling._lesson import Learnt
from infoplane.methods._significance import holm, paired_difference
from infoplane.methods._training._judged import REPORTED, Judged, Row, chosen_rows

if TYPE_CHECKING:
    from infoplane.tasks import Split, Task

Floats = NDArray[np.float64]

TEACHER, STUDENT, PLAIN_STUDENT = "teacher", "distillation", "cross-entropy"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is known when all students have learnt.

    held       the examples that chose           learnt  every student of the grid   plain  the one without a teacher
    test       the examples they are told on     scores  (n, C) of the teacher, the chosen student and the plain one
    sizes      weights of the teacher and of a student
    """

    task: "Task"
    held: "Split"
    select_on: str
    learnt: Sequence[Learnt]
    plain: Learnt
    test: "Split"
    scores: Mapping[str, Floats]
    sizes: Mapping[str, int]
    seed: int

    def rows(self) -> list[Row]:
        """All numbers, for a ledger."""
        tried = [row for one in self.learnt for row in self._tried(STUDENT, one)]
        return [*tried, *self._tried(PLAIN_STUDENT, self.plain), *self._tested(), *self._differences(), *self._counts()]

    def _tried(self, method: str, learnt: Learnt) -> list[Row]:
        """The metrics of one student on the held-out examples, and what it took."""
        judged = Judged(self.held, self.task.metrics, self.task.labels)
        predicted = np.array(learnt.predicted, np.int64)
        where = {"split": self.select_on, "method": method, "role": str(learnt.choice), "epoch": learnt.epoch}
        found = judged.rows(f"student {learnt.choice}", predicted, self.seed)
        took = Estimate(value=learnt.seconds, units="seconds", n=learnt.steps, estimator="all steps of the training")
        rows = [(where | at, self._flagged(one)) for at, one in found]
        return [*rows, (where | {"quantity": "seconds"}, took)]

    def _tested(self) -> list[Row]:
        return [
            ({"split": "test", "method": method, "role": "chosen", **at}, self._flagged(one))
            for method, scores in self.scores.items()
            for at, one in chosen_rows(self.task, self.test, scores, self.seed)
        ]

    def _differences(self) -> list[Row]:
        """Accuracy of the chosen student less that of the others on the same examples; p is corrected for both."""
        hits = {name: scores.argmax(axis=1) == self.test.labels for name, scores in self.scores.items()}
        others = [name for name in hits if name != STUDENT]
        found = [paired_difference(hits[STUDENT], hits[name], self.test.groups, seed=self.seed) for name in others]
        corrected = holm([float(one.p_value or 0.0) for one in found])
        where = {"quantity": "accuracy_difference", "split": "test", "method": STUDENT}
        told = f"paired difference, McNemar exact, Holm over {len(others)}; best of {len(self.learnt)} configurations"
        return [
            (where | {"role": name}, self._flagged(replace(one, p_value=p, estimator=told)))
            for name, one, p in zip(others, found, corrected, strict=True)
        ]

    def _counts(self) -> list[Row]:
        where = {"split": "test", "role": "chosen"}
        tried = where | {"quantity": "configurations", "method": STUDENT}
        sizes = [(where | {"quantity": "parameters", "method": name}, size) for name, size in self.sizes.items()]
        return [(tried, _count(len(self.learnt), "students")), *((at, _count(size, "weights")) for at, size in sizes)]

    def _flagged(self, estimate: Estimate) -> Estimate:
        return estimate.flagged(REPORTED) if self.select_on == "test" else estimate


def _count(value: int, of: str) -> Estimate:
    return Estimate(value=float(value), units="count", n=value, estimator=f"number of {of}")
