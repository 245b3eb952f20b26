"""What a study holds when it is done: the results of every configuration, seed by seed."""

from collections.abc import Mapping
from dataclasses import dataclass

from infoplane.methods._sweep._arm import Arm, Configuration, said_of
from infoplane.methods._sweep._queue import FAILED, FOUND
from infoplane.methods._sweep._result import Result
from infoplane.methods._sweep._search import values_of
from infoplane.methods._sweep._storage import Storage
from infoplane.methods._sweep._work import Plan


@dataclass(frozen=True, eq=False)
class Tried:
    """A configuration with its results by seed."""

    configuration: Configuration
    results: Mapping[int, Result]

    @property
    def said(self) -> str:
        """The configuration as it is read."""
        return said_of(self.configuration)


@dataclass(frozen=True, eq=False)
class Collected:
    """The configurations of an arm that were tried with all seeds, and why trainings failed, by place."""

    arm: Arm
    tried: tuple[Tried, ...]
    failed: Mapping[str, str]


def collect(plan: Plan, arm: Arm, storage: Storage) -> Collected:
    """What stands in the study of `arm`, in the order of its places."""
    queue = plan.queue(arm, storage)
    settled = queue.settled()
    by_name: dict[str, tuple[Configuration, dict[int, Result]]] = {}
    failed: dict[str, str] = {}
    for slot in queue.slots:
        trial = settled[slot]
        if FAILED in trial.user_attrs:
            failed[slot] = trial.user_attrs[FAILED]
            continue
        configuration = values_of(trial.params)
        _, results = by_name.setdefault(said_of(configuration), (configuration, {}))
        for seed, kept in trial.user_attrs[FOUND].items():
            results.setdefault(int(seed), Result.from_dict(kept))
    tried = [
        Tried(configuration, {seed: results[seed] for seed in arm.seeds})
        for configuration, results in by_name.values()
        if set(results) == set(arm.seeds)
    ]
    return Collected(arm, tuple(tried), failed)
