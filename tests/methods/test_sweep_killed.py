"""Workers that are killed lose nothing and repeat nothing, whether a file or PostgreSQL keeps the study."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from made_trainings import JOB_LOG, STEP_LOG, STEPS, Made, hurry, lines, made_sweep

from infoplane.runs import Run

JOBS, KILLS = 9, 6


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr("infoplane.methods._sweep._storage.BEAT", 1)
    monkeypatch.setattr("infoplane.methods._sweep._storage.GRACE", 2)
    monkeypatch.setattr("infoplane.methods._sweep._work.POLL", 0.05)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    """A sweep that nothing disturbed."""
    hurry()
    return made_sweep(tmp_path_factory.mktemp("whole") / "sweep")


def child(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """A piece of Python in a process of its own, which may fork."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment, check=False)


@pytest.mark.heavy
def test_killed_workers_lose_nothing_and_repeat_nothing(storage, whole, tmp_path):
    """Three workers, six kills at random moments, and the same numbers; a step is repeated only where it was torn."""
    out = tmp_path / "sweep"
    code = "import json, sys, made_trainings; print(made_trainings.kill_and_replace(*json.loads(sys.argv[1])))"
    done = child(code, json.dumps([str(out), storage, KILLS]))
    assert done.stdout.strip() == "0", done.stderr
    assert Run.open(out, None).finished
    assert Run.open(out, None).ledger.rows() == whole.ledger.rows()
    assert Counter(lines(out / JOB_LOG)).most_common(1)[0][1] == 1
    assert len(lines(out / JOB_LOG)) == JOBS
    steps = Counter(lines(out / STEP_LOG))
    assert len(steps) == JOBS * STEPS
    assert 0 <= sum(steps.values()) - len(steps) <= KILLS


def test_what_was_stopped_by_an_error_goes_back_into_the_queue_at_once(storage, whole, tmp_path):
    """The same command continues: finished trainings are not run again, and nothing has to wait for a heartbeat."""
    calls = []

    def interrupted(job):
        calls.append(job.folder)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return Made(tmp_path / "sweep")(job)

    with pytest.raises(KeyboardInterrupt):
        made_sweep(tmp_path / "sweep", storage=storage, train=interrupted)
    assert len(lines(tmp_path / "sweep" / JOB_LOG)) == 4
    run = made_sweep(tmp_path / "sweep", storage=storage, train=interrupted)
    assert run.ledger.rows() == whole.ledger.rows()
    assert len(calls) == JOBS + 1
    assert Counter(calls)[calls[4]] == 2


def test_a_finished_sweep_asks_no_one(whole, monkeypatch):
    monkeypatch.setattr("infoplane.methods._sweep._swept.Storage", None)
    again = made_sweep(whole.path, train=None)
    assert again.ledger.rows() == whole.ledger.rows()


def test_runs_on_the_disk_are_not_run_again_for_a_study_that_is_lost(whole, tmp_path):
    """The directories of trainings are the last word: a file of the study that is gone costs no training."""
    made_sweep(tmp_path / "sweep")
    (tmp_path / "sweep" / "study.db").unlink()
    (tmp_path / "sweep" / JOB_LOG).unlink()
    run = made_sweep(tmp_path / "again", train=Made(tmp_path / "sweep"))
    assert run.ledger.rows() == whole.ledger.rows()
    assert lines(tmp_path / "sweep" / JOB_LOG) == []


def test_the_study_alone_is_enough_for_the_numbers(whole, postgres, tmp_path):
    """A machine that shares only the database writes the same summary, without the runs of the others."""
    url = postgres.fresh()
    made_sweep(tmp_path / "here", storage=url)
    there = made_sweep(tmp_path / "there", storage=url)
    assert there.ledger.rows() == whole.ledger.rows()
    assert not (tmp_path / "there" / "runs").exists()
