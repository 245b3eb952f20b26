"""The queue: every place is taken by one living worker and settled once."""

import time

import pytest
from made_trainings import Made, made_plan, made_sweep

from infoplane.methods._setting import silent
from infoplane.methods._sweep._heartbeat import beating
from infoplane.methods._sweep._queue import SLOT, Queue, Taken
from infoplane.methods._sweep._search import asked
from infoplane.methods._sweep._storage import Storage
from infoplane.methods._sweep._work import Plan
from infoplane.runs import Run


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("infoplane.methods._sweep._storage.BEAT", 1)
    monkeypatch.setattr("infoplane.methods._sweep._work.POLL", 0.05)


@pytest.fixture
def _little_grace(monkeypatch):
    monkeypatch.setattr("infoplane.methods._sweep._storage.GRACE", 3)


@pytest.fixture
def workers(storage, tmp_path):
    """Makes workers that come to the same study of one arm, each with storage of its own."""

    def make(count: int, plan: Plan | None = None) -> list[Queue]:
        made = plan or made_plan({"min-cmi": {"weight": (0.1, 0.4)}}, seeds=1)
        address = storage or tmp_path / "study.db"
        return [made.queue(made.arms[0], Storage(address, silent)) for _ in range(count)]

    return make


def test_two_workers_never_take_the_same_place(workers):
    one, other = workers(2)
    taken = [one.take(), other.take()]
    slots = [each.trial.user_attrs[SLOT] for each in taken]
    assert sorted(slots) == ["weight=0.1, seed=0", "weight=0.4, seed=0"]
    assert one.take() is None
    assert other.take() is None


def test_a_place_that_two_put_into_the_queue_is_settled_once(workers):
    one, other = workers(2)
    first = one.take()
    for slot, fixed in one.slots.items():
        other.study.enqueue_trial(dict(fixed), user_attrs={SLOT: slot})
    second = other.take()
    assert first.trial.user_attrs[SLOT] != second.trial.user_attrs[SLOT]
    assert other.take() is None
    states = [trial.state.name for trial in one.study.get_trials()]
    assert sorted(states) == ["PRUNED", "PRUNED", "RUNNING", "RUNNING"]


def taken_at_last(queue: Queue) -> Taken:
    """What `queue` gives when there is something to take again."""
    start = time.monotonic()
    while time.monotonic() - start < 30:
        if taken := queue.take():
            return taken
        time.sleep(0.2)
    raise TimeoutError


@pytest.mark.usefixtures("_little_grace")
def test_a_worker_without_a_heartbeat_loses_its_place_and_one_with_it_does_not(workers):
    one, other = workers(2)
    dead, alive = one.take(), one.take()
    asked(made_plan({"min-cmi": {"weight": (0.1, 0.4)}}, seeds=1).arms[0], "grid", dead.trial)
    with beating(one.storage, alive.trial_id):
        taken = taken_at_last(other)
        assert taken.trial.user_attrs[SLOT] == dead.trial.user_attrs[SLOT]
        assert other.take() is None


@pytest.mark.usefixtures("_little_grace")
def test_who_was_taken_for_dead_too_early_may_still_speak(workers):
    """What it says then counts for nothing, and breaks nothing."""
    one, other = workers(2, made_plan({"cross-entropy": {}}, seeds=1))
    slow = one.take()
    again = taken_at_last(other)
    assert again.trial.user_attrs[SLOT] == slow.trial.user_attrs[SLOT]
    one.settle(slow, 0.1, {"0": {}})
    other.settle(again, 0.9, {"0": {}})
    assert [trial.value for trial in one.settled().values()] == [0.9]


def test_what_is_put_back_is_taken_again_with_the_values_it_had(workers):
    plan = made_plan({"min-cmi": {"weight": (0.1, 0.4)}}, seeds=1, search="tpe", trials=1)
    one, other = workers(2, plan)
    taken = one.take()
    configuration, seeds = asked(plan.arms[0], "tpe", taken.trial)
    one.put_back(taken)
    assert asked(plan.arms[0], "tpe", other.take().trial) == (configuration, seeds)


def interrupted(job):
    """A training that is stopped at once."""
    raise KeyboardInterrupt


def test_a_job_that_someone_else_is_at_is_waited_for(tmp_path, monkeypatch):
    """A worker that was taken for dead holds the directory of its training until it is done."""
    out, plan = tmp_path / "sweep", made_plan({"cross-entropy": {}}, seeds=1)
    job = plan.arms[0].job({}, 0)
    with pytest.raises(KeyboardInterrupt):
        made_sweep(out, plan, train=interrupted)
    held = Run.open(out / "runs" / job.folder, {"job": job.folder})
    naps = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        held.close()

    monkeypatch.setattr("infoplane.methods._sweep._work.time.sleep", nap)
    assert made_sweep(out, plan, train=Made(out)).finished
    assert naps == [0.05]
