"""What a worker does: take a training, run it, say what came of it, until there is nothing left for anyone."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infoplane._errors import ModelError, RunBusyError
from infoplane.methods._sweep._arm import Arm, Job
from infoplane.methods._sweep._heartbeat import beating
from infoplane.methods._sweep._queue import Queue, Taken
from infoplane.methods._sweep._result import Result
from infoplane.methods._sweep._search import Search, asked, slots
from infoplane.methods._sweep._storage import Storage

if TYPE_CHECKING:
    from infoplane.methods._setting import Told
    from infoplane.runs import Run

Train = Callable[[Job], "Run"]

POLL = 1.0  # seconds between two looks at what others are doing


@dataclass(frozen=True, eq=False)
class Plan:
    """What all workers of a sweep agree on.

    name       of the study, the same in every process   select_on  the split whose metric is maximised
    search, trials  how configurations are found, and how many of each arm where they are not a grid
    """

    name: str
    arms: Sequence[Arm]
    search: Search = "grid"
    trials: int = 20
    select_on: str = "tune"
    seed: int = 0

    def queue(self, arm: Arm, storage: Storage) -> Queue:
        """The queue of `arm` in `storage`."""
        return Queue(storage, f"{self.name} {arm.name}", slots(arm, self.search, self.trials), self.search, self.seed)


def work(plan: Plan, storage: Storage, train: Train, told: "Told") -> None:
    """Run trainings of `plan` by turns of the arms, until all are settled, by this process or by others.

    A training that gives no finite numbers is settled as failed. What another error stops, and an interrupt, goes back
    into the queue.
    """
    queues = {arm: plan.queue(arm, storage) for arm in plan.arms}
    places = sum(len(queue.slots) for queue in queues.values())
    while True:
        taken = [arm for arm, queue in queues.items() if _one(plan, arm, queue, train)]
        settled = sum(len(queue.settled()) for queue in queues.values())
        told("trainings", settled, places)
        if settled >= places:
            return
        if not taken:
            time.sleep(POLL)


def _one(plan: Plan, arm: Arm, queue: Queue, train: Train) -> bool:
    """Run one training of `arm`; whether there was one to run."""
    taken = queue.take()
    if taken is None:
        return False
    with beating(queue.storage, taken.trial_id):
        _settle(plan, arm, queue, taken, train)
    return True


def _settle(plan: Plan, arm: Arm, queue: Queue, taken: Taken, train: Train) -> None:
    configuration, seeds = queue.storage.patiently(lambda: asked(arm, plan.search, taken.trial))
    try:
        found = {seed: Result.read(_trained(train, arm.job(configuration, seed))) for seed in seeds}
    except ModelError as error:
        queue.fail(taken, str(error))
        return
    except BaseException:
        queue.put_back(taken)
        raise
    queue.settle(taken, _value(plan, arm, found), {str(seed): result.as_dict() for seed, result in found.items()})


def _value(plan: Plan, arm: Arm, found: Mapping[int, Result]) -> float:
    """The median over seeds of the task's first metric, on the split that selects."""
    metric = arm.task.metrics[0]
    runs = [result.test if plan.select_on == "test" else result.held for result in found.values()]
    return statistics.median(float(run[metric]) for run in runs)


def _trained(train: Train, job: Job) -> "Run":
    """The run of `job`; where another process is at it, which was taken for dead too early, when that has ended."""
    while True:
        try:
            return train(job)
        except RunBusyError:
            time.sleep(POLL)
