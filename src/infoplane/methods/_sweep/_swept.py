"""A sweep from its plan to its table: the same for every worker that comes to it."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import RunBusyError, RunError, one_line
from infoplane.methods._setting import silent
from infoplane.methods._sweep._chosen import Chosen
from infoplane.methods._sweep._collected import Collected, collect
from infoplane.methods._sweep._storage import Storage, without_password
from infoplane.methods._sweep._summary import Summary
from infoplane.methods._sweep._table import table
from infoplane.methods._sweep._work import POLL, Plan, Train, work
from infoplane.methods._sweep._workers import helped
from infoplane.runs import Run, write_atomic

if TYPE_CHECKING:
    from infoplane.methods._setting import Told

TABLE, STUDY, RUNS = "sweep.json", "study.db", "runs"

_MOMENT = 60.0  # seconds in which another worker has written its summary


def swept(
    out: str | Path,
    config: Mapping[str, Any],
    plan: Plan,
    train: Train,
    *,
    baseline: str,
    storage: str | Path | None = None,
    workers: int = 1,
    command: str | None = None,
    told: "Told" = silent,
) -> Run:
    """The finished run of a sweep: `train` run for every training of `plan` that no worker has settled.

    The directory is only locked while its run.json, ledger and table are written, so that workers may share it.
    Raises RunError where all trainings failed.
    """
    with _opened(out, config) as run:
        if run.finished:
            return run
        run.note(command=without_password(command, storage), storage=_said(storage))
    address = Path(out).expanduser() / STUDY if storage is None else storage
    kept = Storage(address, told)
    with helped(plan, address, train, workers):
        work(plan, kept, train, told)
    collected = [collect(plan, arm, kept) for arm in plan.arms]
    with _opened(out, config) as run:
        if not run.finished:
            _conclude(run, config, plan, collected, baseline)
        return run


def _said(storage: str | Path | None) -> str:
    return STUDY if storage is None else str(without_password(str(storage), storage))


def _opened(out: str | Path, config: Mapping[str, Any]) -> Run:
    """The run, when a worker that is writing it just now has done so."""
    start = time.monotonic()
    while True:
        try:
            return Run.open(out, config)
        except RunBusyError:
            if time.monotonic() - start > _MOMENT:
                raise
            time.sleep(POLL)


def _conclude(run: Run, config: Mapping[str, Any], plan: Plan, collected: list[Collected], baseline: str) -> None:
    """Write every number and the table."""
    chosen = [Chosen(one, plan.select_on) for one in collected if one.tried]
    failed = {f"{one.arm.name}: {place}": why for one in collected for place, why in one.failed.items()}
    if not chosen:
        reason = next(iter(failed.values()))
        came = f"no configuration of sweep {run.path} could be trained with every seed (the first: {reason})"
        raise RunError(one_line(came, "finite losses", "sweep smaller weights or learning rates into another --out"))
    rows = Summary(chosen, baseline, plan.seed).rows()
    common = {"measure": "sweep", "model": config["model"]}
    run.ledger.append([{**common, **where, **estimate.as_dict()} for where, estimate in rows])
    about = {"model": config["model"], "baseline": baseline, "search": plan.search, "select_on": plan.select_on}
    told = table(rows, chosen, {**about, "seeds": list(plan.arms[0].seeds), "failed": failed})
    write_atomic(run.artifacts / TABLE, json.dumps(told, allow_nan=False))
    run.note(failed=failed, training_seconds=round(sum(arm["seconds"] for arm in told["arms"]), 3))
    run.finish()
