"""Trainings that train nothing: the accuracies are made up, the directories, ledgers and kills are real."""

import os
import signal
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from infoplane._errors import ModelError
from infoplane.estimators import Estimate
from infoplane.methods._sweep import _storage, _work
from infoplane.methods._sweep._arm import Arm, Job, said_of
from infoplane.methods._sweep._swept import swept
from infoplane.methods._sweep._work import Plan
from infoplane.runs import Run, write_atomic
from infoplane.tasks import Split, Task
from infoplane.tasks._template import Template

ITEMS, STEPS = 40, 3
STEP_LOG, JOB_LOG = "steps.log", "jobs.log"
GRIDS = {"cross-entropy": {}, "min-cmi": {"weight": (0.1, 0.4)}}


def made_task(name: str = "moods", items: int = ITEMS) -> Task:
    """A task of two labels; test items come in pairs that are one group."""
    labels = np.arange(items, dtype=np.int64) % 2
    texts = tuple(f"{name} {row}" for row in range(items))
    split = Split(texts, labels, np.arange(items, dtype=np.int64) // 2, texts)
    splits = dict.fromkeys(("direction", "measure", "tune", "test"), split)
    return Task(name, "mood", ("good", "bad"), splits, Template("Text: {text}", "Mood:"))


def made_plan(
    grids: Mapping[str, Mapping[str, Sequence[float]]] = GRIDS, tasks: Sequence[str] = ("moods",), seeds: int = 3, **how
) -> Plan:
    """A plan for made trainings."""
    arms = [Arm(made_task(task), method, grid, tuple(range(seeds))) for task in tasks for method, grid in grids.items()]
    return Plan("made", arms, **how)


@dataclass(frozen=True)
class Made:
    """A training of `seconds` in three steps, each kept as it is done; of none in no time.

    diverges  a weight that fails
    """

    folder: Path
    seconds: float = 0.0
    diverges: float | None = None

    def __call__(self, job: Job) -> Run:
        if job.configuration.get("weight") == self.diverges is not None:
            raise ModelError("loss nan at batch 7")
        with Run.open(self.folder / "runs" / job.folder, {"job": job.folder}) as run:
            if run.finished:
                return run
            for step in range(STEPS if self.seconds else 0):
                self._step(run, job, step)
            right = made_hits(job)
            self._write(run, job, right)
            _log(self.folder / JOB_LOG, job.folder)
            return run

    def _step(self, run: Run, job: Job, step: int) -> None:
        if not (run.artifacts / str(step)).exists():
            _log(self.folder / STEP_LOG, f"{job.folder} {step}")
            time.sleep(self.seconds / STEPS)
            write_atomic(run.artifacts / str(step), "")

    def _write(self, run: Run, job: Job, right: np.ndarray) -> None:
        labels = job.task.splits["test"].labels
        scores = np.eye(2)[np.where(right, labels, 1 - labels)]
        save_file({"test.scores": scores, "test.labels": labels}, run.artifacts / "predictions.safetensors")
        where = {"measure": "finetune", "method": job.method, "task": job.task.name, "epoch": 2}
        found = Estimate(value=float(right.mean()), units="fraction", n=len(right), estimator="made")
        run.ledger.add(replace(found, value=0.1), **where | {"epoch": 1}, quantity="accuracy", split="tune")
        run.ledger.add(found, **where, quantity="accuracy", split="tune")
        for quantity in ("accuracy", "macro_f1"):
            run.ledger.add(found, **where, quantity=quantity, split="test", role="chosen")
        run.note(seconds=1.0)
        run.finish()


def made_hits(job: Job) -> np.ndarray:
    """Which items are right (n,): better the larger the weight up to 0.3, and with some luck of the seed."""
    weight = float(job.configuration.get("weight", 0.0))
    rng = np.random.default_rng([job.seed, len(job.task.name)])
    return rng.random(len(job.task.splits["test"])) < 0.6 + min(weight, 0.6 - weight)


def made_sweep(out: str | Path, plan: Plan | None = None, *, storage: str | None = None, seconds: float = 0.0, **how):
    """A whole sweep of made trainings."""
    plan = plan or made_plan()
    config = {"model": "made", "arms": [f"{arm.name} {said_of(arm.grid)}" for arm in plan.arms]}
    train = how.pop("train", None) or Made(Path(out), seconds)
    return swept(out, config, plan, train, baseline="cross-entropy", storage=storage, **how)


def hurry(beat: int = 1, grace: int = 2, patience: float = 30.0) -> None:
    """Let this process be impatient."""
    _storage.BEAT, _storage.GRACE, _storage.PATIENCE = beat, grace, patience
    _work.POLL = 0.05


def lines(path: Path) -> list[str]:
    """What a log says."""
    return path.read_text().splitlines() if path.exists() else []


def _log(path: Path, line: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def fork(out: str, storage: str | None, seconds: float) -> int:
    """A worker in a process of its own: its number."""
    process = os.fork()
    if process == 0:
        try:
            hurry()
            made_sweep(out, storage=storage, seconds=seconds)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return process


def kill_and_replace(out: str, storage: str | None, kills: int, seconds: float = 0.6, workers: int = 3) -> int:
    """Workers of one sweep, `kills` of them killed after random times and replaced; how many ended badly otherwise."""
    rng = np.random.default_rng(0)
    at_work = [fork(out, storage, seconds) for _ in range(workers)]
    for _ in range(kills):
        time.sleep(rng.uniform(0.1, seconds))
        killed = at_work.pop(0)
        os.kill(killed, signal.SIGKILL)
        os.waitpid(killed, 0)
        at_work.append(fork(out, storage, seconds))
    return sum(os.waitpid(process, 0)[1] != 0 for process in at_work)
