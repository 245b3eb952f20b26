"""The queue of an arm: a study of Optuna in which every place is taken by one living worker and settled once.

A place is settled when a trial of it is complete, or failed for a reason of its own. A place without a settled,
running or waiting trial is put into the queue by whoever sees that first; where two do, the trial with the lower
number counts and the other is pruned when it is taken. So nothing depends on who is killed when.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from infoplane.methods._sweep._arm import Value
from infoplane.methods._sweep._search import Search, sampler
from infoplane.methods._sweep._storage import Storage

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

SLOT, FAILED, FOUND = "slot", "failed", "found"


@dataclass(frozen=True, eq=False)
class Taken:
    """A trial that this process runs."""

    trial: "Trial"
    trial_id: int


@dataclass(frozen=True, eq=False)
class Queue:
    """The study called `name`, whose places are `slots`: what is fixed of each."""

    storage: Storage
    name: str
    slots: Mapping[str, Mapping[str, Value]]
    search: Search
    seed: int

    @cached_property
    def study(self) -> "Study":
        """The study, made where it is not there yet."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        return self.storage.patiently(
            lambda: optuna.create_study(
                study_name=self.name, storage=self.storage.optuna, direction="maximize", load_if_exists=True
            )
        )

    def settled(self) -> "dict[str, FrozenTrial]":
        """The trial that settled each place, for those that are."""
        from optuna.trial import TrialState

        found: dict[str, FrozenTrial] = {}
        for trial in self.storage.patiently(lambda: self.study.get_trials(deepcopy=False)):
            if trial.state == TrialState.COMPLETE or FAILED in trial.user_attrs:
                found.setdefault(trial.user_attrs[SLOT], trial)
        return found

    def take(self) -> Taken | None:
        """A trial for this process to run, or None where all places are settled or with other workers."""
        return self.storage.patiently(self._take)

    def settle(self, taken: Taken, value: float, found: Mapping[str, Any]) -> None:
        """Say what came of a trial; one that was taken for dead meanwhile is settled by who took it over."""
        self._end(taken, {FOUND: dict(found)}, value)

    def fail(self, taken: Taken, reason: str) -> None:
        """Say why a trial comes to nothing, however often it is run."""
        self._end(taken, {FAILED: reason}, None)

    def put_back(self, taken: Taken) -> None:
        """Leave a trial to the next who comes; if the database is gone just now, to who finds it without heartbeats."""
        from optuna.exceptions import OptunaError
        from optuna.trial import TrialState
        from sqlalchemy.exc import SQLAlchemyError

        with suppress(OptunaError, SQLAlchemyError):
            self.storage.optuna.set_trial_state_values(taken.trial_id, TrialState.WAITING)

    def _end(self, taken: Taken, said: Mapping[str, Any], value: float | None) -> None:
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        def end() -> None:
            with suppress(UpdateFinishedTrialError):
                for name, fact in said.items():
                    self.storage.optuna.set_trial_user_attr(taken.trial_id, name, fact)
                state = TrialState.FAIL if value is None else TrialState.COMPLETE
                self.storage.optuna.set_trial_state_values(taken.trial_id, state, None if value is None else [value])

        self.storage.patiently(end)

    def _take(self) -> Taken | None:
        from optuna.storages import fail_stale_trials

        fail_stale_trials(self.study)
        self._fill()
        trials, order = self.study.get_trials(deepcopy=False), list(self.slots)
        for trial in sorted(_in_state(trials, "WAITING"), key=lambda waiting: order.index(waiting.user_attrs[SLOT])):
            taken = self._claimed(trial)
            if taken is not None and _copied(trial, trials):
                self._prune(taken)
            elif taken is not None:
                return taken
        return None

    def _fill(self) -> None:
        """Put every place that no trial is for into the queue, with what a trial that died there had been given."""
        trials = self.study.get_trials(deepcopy=False)
        held = {trial.user_attrs[SLOT] for trial in trials if _holds(trial)}
        died = {trial.user_attrs[SLOT]: trial.params for trial in _in_state(trials, "FAIL")}
        for slot, fixed in self.slots.items():
            if slot not in held:
                self.study.enqueue_trial({**died.get(slot, {}), **fixed}, user_attrs={SLOT: slot})

    def _claimed(self, waiting: "FrozenTrial") -> Taken | None:
        """The trial as this process's own; None where another was faster.

        Its first heartbeat comes before it runs, so that no running trial is without one.
        """
        import optuna
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        storage: Any = self.storage.optuna
        study_id = storage.get_study_id_from_name(self.name)
        trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, waiting.number)
        storage.record_heartbeat(trial_id)
        try:
            if not storage.set_trial_state_values(trial_id, TrialState.RUNNING):
                return None
        except UpdateFinishedTrialError:
            return None
        chooser = sampler(self.search, waiting.user_attrs[SLOT], self.seed)
        study = optuna.load_study(study_name=self.name, storage=storage, sampler=chooser)  # sees all trials there are
        return Taken(optuna.Trial(study, trial_id), trial_id)

    def _prune(self, taken: Taken) -> None:
        from optuna.trial import TrialState

        self.storage.optuna.set_trial_state_values(taken.trial_id, TrialState.PRUNED)


def _in_state(trials: "Iterable[FrozenTrial]", state: str) -> "list[FrozenTrial]":
    return [trial for trial in trials if trial.state.name == state]


def _holds(trial: "FrozenTrial") -> bool:
    """Whether a trial keeps its place from being put into the queue."""
    return trial.state.name in ("WAITING", "RUNNING", "COMPLETE") or FAILED in trial.user_attrs


def _copied(trial: "FrozenTrial", trials: "Iterable[FrozenTrial]") -> bool:
    """Whether a trial with a lower number holds the same place."""
    slot = trial.user_attrs[SLOT]
    return any(_holds(other) and other.number < trial.number and other.user_attrs[SLOT] == slot for other in trials)
