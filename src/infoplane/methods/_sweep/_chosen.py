"""Which configuration of an arm counts, and what it is told with."""

from dataclasses import dataclass

from infoplane.estimators import Estimate
from infoplane.methods._sweep._collected import Collected, Tried
from infoplane.methods._sweep._result import Result
from infoplane.methods._sweep._seeds import median_over_seeds
from infoplane.methods._training._judged import REPORTED


@dataclass(frozen=True, eq=False)
class Chosen:
    """The configuration of an arm with the highest median over seeds on the split that selects; the first of equals."""

    collected: Collected
    select_on: str

    @property
    def best(self) -> Tried:
        """The chosen configuration."""
        return max(self.collected.tried, key=lambda tried: float(self.score(tried)))

    @property
    def tried(self) -> str:
        """What is said beside every best."""
        count, failed = len(self.collected.tried), len(self.collected.failed)
        lost = f", {_counted(failed, 'training')} failed" if failed else ""
        return f"best of {_counted(count, 'configuration')}{lost}"

    @property
    def metric(self) -> str:
        """The task's first metric, which chooses."""
        return self.collected.arm.task.metrics[0]

    @property
    def runs(self) -> list[Result]:
        """What came of the chosen configuration, seed by seed."""
        return list(self.best.results.values())

    def test(self, metric: str) -> list[Estimate]:
        """`metric` of the chosen configuration on the test split, seed by seed."""
        return [run.test[metric] for run in self.runs]

    def score(self, tried: Tried) -> Estimate:
        """What a configuration is chosen by: the median over seeds of the metric on the split that selects."""
        runs = tried.results.values()
        scores = [run.test[self.metric] if self.select_on == "test" else run.held[self.metric] for run in runs]
        return self.flagged(median_over_seeds(scores, self.tried))

    def flagged(self, estimate: Estimate) -> Estimate:
        """`estimate` with the warning that what was reported also selected, where it did."""
        return estimate.flagged(REPORTED) if self.select_on == "test" else estimate


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
