"""The numbers of a sweep: of every method the best configuration, and its differences from the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infoplane.estimators import Estimate
from infoplane.methods._significance import holm
from infoplane.methods._sweep._arm import said_of
from infoplane.methods._sweep._chosen import Chosen
from infoplane.methods._sweep._seeds import item_difference, median_over_seeds, seed_difference

Row = tuple[dict[str, Any], Estimate]

BY_SEED, BY_ITEM = "difference", "item_accuracy_difference"


@dataclass(frozen=True, eq=False)
class Summary:
    """What is told of the `chosen` of every arm; `baseline` is the method that the others are tested against."""

    chosen: Sequence[Chosen]
    baseline: str
    seed: int

    def rows(self) -> list[Row]:
        """Numbers of each arm, of each of its seeds and configurations, and of each pair."""
        return [row for chosen in self.chosen for row in (*_of_arm(chosen), *_of_seeds(chosen), *_of_tried(chosen))] + [
            row
            for method in dict.fromkeys(one.collected.arm.method for one in self.chosen)
            for row in self._of_pairs(method)
        ]

    def _of_pairs(self, method: str) -> list[Row]:
        """Differences of `method` from the baseline on every task; p is corrected over the tasks (Holm)."""
        pairs = [(one, other) for one, other in self._pairs() if one.collected.arm.method == method]
        found: dict[str, list[Row]] = {}
        for one, other in pairs:
            for quantity, estimate in self._differences(one, other).items():
                where = {**_where(one), "split": "test", "role": self.baseline, "quantity": quantity}
                found.setdefault(quantity, []).append((where, one.flagged(estimate)))
        return [row for rows in found.values() for row in _corrected(rows)]

    def _pairs(self) -> list[tuple[Chosen, Chosen]]:
        arms = {(one.collected.arm.task.name, one.collected.arm.method): one for one in self.chosen}
        return [
            (one, arms[task, self.baseline])
            for (task, method), one in arms.items()
            if method != self.baseline and (task, self.baseline) in arms
        ]

    def _differences(self, one: Chosen, other: Chosen) -> dict[str, Estimate]:
        metrics = list(one.metrics("test"))
        found = {
            f"{name}_{BY_SEED}": seed_difference(one.by_seed("test", name), other.by_seed("test", name), seed=self.seed)
            for name in metrics
        }
        hits = [[result.right for result in arm.best.results.values()] for arm in (one, other)]
        ours, theirs = ([right for right in some if right is not None] for some in hits)
        if ours and theirs:
            groups = one.collected.arm.task.splits["test"].groups
            found[BY_ITEM] = item_difference(ours, theirs, groups, seed=self.seed)
        return found


def _of_arm(chosen: Chosen) -> list[Row]:
    where, tried = _where(chosen), len(chosen.collected.tried)
    found: list[Row] = [
        ({**where, "split": split, "quantity": name}, estimate)
        for split in ("tune", "test")
        for name, estimate in chosen.metrics(split).items()
    ]
    count = Estimate(value=tried, units="count", n=tried, estimator="configurations tried with every seed")
    return [*found, ({**where, "quantity": "configurations"}, count)]


def _of_seeds(chosen: Chosen) -> list[Row]:
    """Every metric of every run of the chosen configuration."""
    return [
        ({**_where(chosen), "split": "test", "quantity": name, "seed": seed}, chosen.flagged(estimate))
        for seed, result in chosen.best.results.items()
        for name, estimate in result.test.items()
    ]


def _of_tried(chosen: Chosen) -> list[Row]:
    """Of every configuration the number that it is chosen by."""
    metric, split = chosen.collected.arm.task.metrics[0], chosen.select_on
    return [
        (
            {**_where(chosen), "split": split, "quantity": metric, "role": said_of(tried.configuration)},
            chosen.flagged(
                median_over_seeds([getattr(run, split)[metric] for run in tried.results.values()], "one of those tried")
            ),
        )
        for tried in chosen.collected.tried
    ]


def _where(chosen: Chosen) -> dict[str, Any]:
    arm = chosen.collected.arm
    return {"task": arm.task.name, "method": arm.method}


def _corrected(rows: Sequence[Row]) -> list[Row]:
    """`rows` of one quantity, a task each, with p corrected over the tasks."""
    corrected = holm([float(1.0 if estimate.p_value is None else estimate.p_value) for _, estimate in rows])
    tasks = f"Holm over {len(rows)} task{'s' if len(rows) > 1 else ''}"
    return [
        (where, replace(estimate, p_value=p, estimator=f"{estimate.estimator}, {tasks}"))
        for (where, estimate), p in zip(rows, corrected, strict=True)
    ]


def plain(rows: Sequence[Row], chosen: Sequence[Chosen], about: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a sweep as plain values: `arms`, one entry a method and task, with what is told of each."""
    return {**about, "arms": [_arm(one, rows) for one in chosen]}


def _arm(chosen: Chosen, rows: Sequence[Row]) -> dict[str, Any]:
    arm, where = chosen.collected.arm, _where(chosen)
    own = [(at, estimate) for at, estimate in rows if {"task": at["task"], "method": at["method"]} == where]
    of_seeds = [row for row in own if row[0].get("seed") is not None]
    whole = [row for row in own if row[0].get("seed") is None]
    return {
        **where,
        "metric": arm.task.metrics[0],
        "chosen": dict(chosen.best.configuration),
        "configurations": len(chosen.collected.tried),
        "failed": dict(chosen.collected.failed),
        **{
            split: {at["quantity"]: _numbers(estimate) for at, estimate in whole if _told(at, split)}
            for split in ("tune", "test")
        },
        "seeds": {
            str(seed): {at["quantity"]: float(estimate) for at, estimate in of_seeds if at["seed"] == seed}
            for seed in arm.seeds
        },
        "differences": {
            at["quantity"]: {"against": at["role"], **_numbers(estimate), "p_holm": estimate.p_value}
            for at, estimate in whole
            if at["quantity"].endswith("_difference")
        },
        "tried": [
            {"configuration": at["role"], at["quantity"]: float(estimate)}
            for at, estimate in whole
            if at.get("role") is not None and not at["quantity"].endswith("_difference")
        ],
        "seconds": sum(run.seconds or 0.0 for tried in chosen.collected.tried for run in tried.results.values()),
    }


def _told(where: Mapping[str, Any], split: str) -> bool:
    return where.get("split") == split and where.get("role") is None


def _numbers(estimate: Estimate) -> dict[str, Any]:
    return {"value": float(estimate), "low": estimate.low, "high": estimate.high, "confidence": estimate.confidence}
