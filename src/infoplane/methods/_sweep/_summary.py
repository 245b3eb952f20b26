"""The numbers of a sweep: of every method the best configuration, and its differences from the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from infoplane.estimators import Estimate
from infoplane.methods._significance import holm
from infoplane.methods._sweep._arm import Arm
from infoplane.methods._sweep._chosen import Chosen
from infoplane.methods._sweep._seeds import item_difference, median_over_seeds, seed_difference
from infoplane.methods._training._judged import Row

BY_ITEM = "item_accuracy_difference"


@dataclass(frozen=True, eq=False)
class Summary:
    """What is told of the `chosen` of every arm; `baseline` is the method that the others are tested against."""

    chosen: Sequence[Chosen]
    baseline: str
    seed: int

    def rows(self) -> list[Row]:
        """Numbers of each arm, of each of its seeds and configurations, and of each pair."""
        rows = [row for chosen in self.chosen for row in (*_of_arm(chosen), *_of_seeds(chosen), *_of_tried(chosen))]
        methods = dict.fromkeys(_arm(chosen).method for chosen in self.chosen)
        return rows + [row for method in methods for row in self._of_pairs(method)]

    def _of_pairs(self, method: str) -> list[Row]:
        """Differences of `method` from the baseline on every task; p is corrected over the tasks (Holm)."""
        found: dict[str, list[Row]] = {}
        for one, other in self._pairs(method):
            for quantity, estimate in self._differences(one, other).items():
                where = {**_where(one), "split": "test", "role": self.baseline, "quantity": quantity}
                found.setdefault(quantity, []).append((where, one.flagged(estimate)))
        return [row for rows in found.values() for row in _corrected(rows)]

    def _pairs(self, method: str) -> list[tuple[Chosen, Chosen]]:
        by_task = {_arm(one).task.name: one for one in self.chosen if _arm(one).method == self.baseline}
        ours = [one for one in self.chosen if _arm(one).method == method != self.baseline]
        return [(one, by_task[_arm(one).task.name]) for one in ours if _arm(one).task.name in by_task]

    def _differences(self, one: Chosen, other: Chosen) -> dict[str, Estimate]:
        found = {
            f"{name}_difference": seed_difference(one.test(name), other.test(name), seed=self.seed)
            for name in one.runs[0].test
        }
        ours, theirs = ([run.right for run in chosen.runs] for chosen in (one, other))
        groups = _arm(one).task.splits["test"].groups
        return {**found, BY_ITEM: item_difference(ours, theirs, groups, seed=self.seed)}


def _of_arm(chosen: Chosen) -> list[Row]:
    """Medians over seeds of every metric on the test split, and of how many configurations they are the best."""
    where, tried = _where(chosen), len(chosen.collected.tried)
    found: list[Row] = [
        (
            {**where, "split": "test", "quantity": name},
            chosen.flagged(median_over_seeds(chosen.test(name), chosen.tried)),
        )
        for name in chosen.runs[0].test
    ]
    count = Estimate(value=float(tried), units="count", n=tried, estimator="configurations tried with every seed")
    return [*found, ({**where, "quantity": "configurations"}, count)]


def _of_seeds(chosen: Chosen) -> list[Row]:
    """Every metric of every run of the chosen configuration."""
    return [
        ({**_where(chosen), "split": "test", "quantity": name, "seed": seed}, chosen.flagged(estimate))
        for seed, result in chosen.best.results.items()
        for name, estimate in result.test.items()
    ]


def _of_tried(chosen: Chosen) -> list[Row]:
    """Of every configuration, and first of the chosen one, the number that it is chosen by."""
    where = {**_where(chosen), "split": chosen.select_on, "quantity": chosen.metric}
    rows: list[Row] = [({**where, "role": tried.said}, chosen.score(tried)) for tried in chosen.collected.tried]
    return rows if chosen.select_on == "test" else [(where, chosen.score(chosen.best)), *rows]


def _corrected(rows: Sequence[Row]) -> list[Row]:
    """`rows` of one quantity, a task each, with p corrected over the tasks."""
    corrected = holm([1.0 if estimate.p_value is None else estimate.p_value for _, estimate in rows])
    tasks = f"Holm over {len(rows)} task{'s' if len(rows) > 1 else ''}"
    return [
        (where, replace(estimate, p_value=p, estimator=f"{estimate.estimator}, {tasks}"))
        for (where, estimate), p in zip(rows, corrected, strict=True)
    ]


def _where(chosen: Chosen) -> dict[str, Any]:
    return {"task": _arm(chosen).task.name, "method": _arm(chosen).method}


def _arm(chosen: Chosen) -> Arm:
    return chosen.collected.arm
