"""Which configuration of an arm counts, and what it is told with."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.estimators import Estimate
from infoplane.methods._sweep._collected import Collected, Tried
from infoplane.methods._sweep._seeds import median_over_seeds

SELECTED = "selected_on_reported"


@dataclass(frozen=True, eq=False)
class Chosen:
    """The configuration of an arm with the highest median over seeds on the split that selects; the first of equals."""

    collected: Collected
    select_on: str

    @property
    def best(self) -> Tried:
        """The chosen configuration."""
        return max(self.collected.tried, key=self._median)

    @property
    def tried(self) -> str:
        """What is said beside every best."""
        count, failed = len(self.collected.tried), len(self.collected.failed)
        return f"best of {count} configuration{'s' if count > 1 else ''}" + (f", {failed} failed" if failed else "")

    def metrics(self, split: str) -> dict[str, Estimate]:
        """Of the chosen configuration: the median over seeds of every metric on `split`."""
        runs = list(self.best.results.values())
        return {
            name: self.flagged(median_over_seeds([getattr(run, split)[name] for run in runs], self.tried))
            for name in getattr(runs[0], split)
        }

    def by_seed(self, split: str, metric: str) -> Sequence[Estimate]:
        """One number a seed."""
        return [getattr(run, split)[metric] for run in self.best.results.values()]

    def flagged(self, estimate: Estimate) -> Estimate:
        """`estimate` with the warning that what was reported also selected, where it did."""
        return estimate.flagged(SELECTED) if self.select_on == "test" else estimate

    def _median(self, tried: Tried) -> float:
        metric = self.collected.arm.task.metrics[0]
        return statistics.median(float(getattr(run, self.select_on)[metric]) for run in tried.results.values())
