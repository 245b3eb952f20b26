"""Sweeping: objectives with grids of their settings, tasks and seeds, each training resumable, tested in pairs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infoplane._errors import InputError, one_line
from infoplane.methods._compare import check_seed
from infoplane.methods._finetune import check_splits
from infoplane.methods._setting import Told, silent
from infoplane.methods._sweep._arm import Arm, Grid, check_grid
from infoplane.methods._sweep._finetuned import Finetuning, check_made
from infoplane.methods._sweep._search import Search, check_search
from infoplane.methods._sweep._swept import RUNS, swept
from infoplane.methods._sweep._work import Plan
from infoplane.methods._sweep._workers import check_workers
from infoplane.methods._training._recipe import Recipe
from infoplane.runs import Run

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

_PLAIN = "cross-entropy"


def sweep(
    lm: "LanguageModel",
    tasks: "Task | Sequence[Task]",
    *,
    objectives: Mapping[str, Grid] | Sequence[str],
    out: str | Path = "runs/sweep",
    recipe: Recipe | None = None,
    seeds: int | Sequence[int] = 5,
    baseline: str | None = None,
    search: Search = "grid",
    trials: int = 20,
    train_on: Sequence[str] = ("direction",),
    select_on: str = "tune",
    max_examples: int | None = None,
    teacher: "LanguageModel | None" = None,
    network: Any = None,
    storage: str | Path | None = None,
    workers: int = 1,
    keep_models: bool = True,
    seed: int = 0,
    command: str | None = None,
    progress: Told | None = None,
) -> Run:
    """`finetune` for every task, objective, configuration and seed: the finished run in `out`, its table `sweep.json`.

    objectives    names, each with the values its settings may take, as {"min-cmi": {"weight": [0.05, 0.1]}}; fields of
                  `Recipe`, as learning_rate, may be varied too
    seeds         the seeds themselves, or how many: 0, 1, ...
    baseline      what the others are tested against; cross-entropy, or else the first objective
    search        "grid": all combinations; "tpe": `trials` of each task and objective, between the ends of its values,
                  where the median over seeds of those before was high (Bergstra et al. 2011)
    select_on     the split that chooses epoch and configuration; "test" is flagged `selected_on_reported`
    max_examples  of each split, the same for all seeds
    storage       where the study is kept: a file in `out`, or postgresql://user@host/database for several machines
    workers       processes of this command; the same command started elsewhere with the same storage is one more
    keep_models   keep the network of every training

    Every best is a median over seeds with how many configurations it is the best of. Differences from the baseline are
    tested by seed (Wilcoxon's signed ranks) and by item (McNemar, items with all their seeds), corrected over the tasks
    (Holm 1979). A killed worker's training is taken up by another from its last checkpoint; what is finished is never
    trained again. A database that is gone is waited for. Raises InputError for settings that do not fit, RunError for
    a directory of another configuration, a database that stays away, and a sweep of which no training ended well.
    """
    check_seed(seed)
    check_search(search, trials)
    check_workers(workers)
    grids = _grids(objectives)
    parts = [task if max_examples is None else task.subset(max_examples, seed=seed) for task in _listed(tasks, teacher)]
    for task in parts:
        check_splits(task, train_on, select_on)
    arms = [Arm(task, name, grid, _seeds(seeds)) for task in parts for name, grid in grids.items()]
    chosen, against = recipe or Recipe(), _baseline(grids, baseline)
    check_made(arms, chosen)
    config = {
        "model": lm.name,
        "model_fingerprint": lm.fingerprint,
        "tasks": {task.name: task.fingerprint for task in parts},
        "objectives": grids,
        "recipe": chosen.as_dict(),
        "seeds": list(_seeds(seeds)),
        "baseline": against,
        "search": search,
        "trials": trials if search == "tpe" else None,
        "train_on": list(train_on),
        "select_on": select_on,
        "max_examples": max_examples,
        "teacher": None if teacher is None else teacher.fingerprint,
        "network": None if network is None else type(lm)(network, lm.tokenizer).fingerprint,
        "seed": seed,
    }
    plan = Plan(_name(config), arms, search, trials, select_on, seed)
    folder = Path(out).expanduser() / RUNS
    train = Finetuning(lm, folder, chosen, tuple(train_on), select_on, teacher, network, keep_models)
    how: dict[str, Any] = {"baseline": against, "storage": storage, "workers": workers, "command": command}
    return swept(out, config, plan, train, told=progress or silent, **how)


def _grids(objectives: Mapping[str, Grid] | Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    if isinstance(objectives, str) or not objectives:
        came = f"objectives {objectives!r}"
        raise InputError(one_line(came, "a list of names, or names with their grids", "give at least one"))
    grids = objectives if isinstance(objectives, Mapping) else {name: {} for name in objectives}
    return {name: check_grid(name, grid) for name, grid in grids.items()}


def _listed(tasks: "Task | Sequence[Task]", teacher: "LanguageModel | None") -> "list[Task]":
    """The tasks; InputError for none, for two of one name, and for several of a teacher, who knows one."""
    listed = list(tasks) if isinstance(tasks, Sequence) else [tasks]
    names = [task.name for task in listed]
    if not names or len(set(names)) < len(names):
        came = f"tasks {', '.join(names) or 'none'}"
        raise InputError(one_line(came, "at least one, each once", "leave out what is there twice"))
    if teacher is not None and len(listed) > 1:
        came = f"a teacher for {len(listed)} tasks"
        raise InputError(one_line(came, "one task, which it was trained for", "sweep the tasks one by one"))
    return listed


def _seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """The seeds; InputError for none, for one twice, and for what is no seed."""
    listed = tuple(range(seeds)) if isinstance(seeds, int) else tuple(int(seed) for seed in seeds)
    if not listed or len(set(listed)) < len(listed) or any(seed < 0 for seed in listed):
        came = f"seeds {seeds}"
        raise InputError(one_line(came, "their number, or numbers from 0 on, each once", "give at least one"))
    return listed


def _baseline(grids: Mapping[str, Any], baseline: str | None) -> str:
    found = baseline or (_PLAIN if _PLAIN in grids else next(iter(grids)))
    if found not in grids:
        came = f"baseline {found!r}"
        raise InputError(one_line(came, f"one of {', '.join(grids)}", "add it to the objectives"))
    return found


def _name(config: Mapping[str, Any]) -> str:
    """What the study is called: the same for the same sweep, wherever its directory is."""
    return f"infoplane-{hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]}"
