"""Fine-tuning: train a copy of a model's network for a task, choose the epoch, judge it once, and keep what came."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators import Estimate
from infoplane.measures import cmi_report
from infoplane.methods._setting import Told, silent
from infoplane.methods._training._checkpoint import latest
from infoplane.methods._training._devices import Devices
from infoplane.methods._training._judged import REPORTED, Row, chosen_rows, epoch_rows
from infoplane.methods._training._keeping import MODEL, save_model, save_predictions
from infoplane.methods._training._loop import State
from infoplane.methods._training._recipe import Recipe
from infoplane.methods._training._trackers import Trackers
from infoplane.methods._training._work import HELD, Work, main_first
from infoplane.objectives import Objective, make_objective
from infoplane.runs import Run

if TYPE_CHECKING:
    from torch import Tensor

    from infoplane.models import LanguageModel
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split, Task


def finetune(
    lm: "LanguageModel",
    task: "Task",
    *,
    objective: Objective | str = "cross-entropy",
    out: str | Path = "runs/finetune",
    recipe: Recipe | None = None,
    train_on: Sequence[str] = ("direction",),
    select_on: str = "tune",
    max_examples: int | None = None,
    space: "TaskSpace | None" = None,
    teacher: "LanguageModel | None" = None,
    network: Any = None,
    seed: int = 0,
    trackers: Sequence[str] = ("tensorboard",),
    command: str | None = None,
    progress: Told | None = None,
) -> Run:
    """Train a copy of the network of `lm` for `task`: the finished run in `out`, the network in its folder `model`.

    objective     one of `infoplane.objectives`, or its name
    recipe        how; `Recipe()` where none is given
    train_on      splits whose examples are learnt; without the measure split, information can be measured there
    select_on     the split that chooses the epoch, on at most 1000 examples. "test" is the papers' protocol: what is
                  reported was then chosen by, and every number of it carries the flag `selected_on_reported`
    max_examples  of each split      space  of the labels' directions, built on the direction split where none is given
    teacher       for distillation: a model that `finetune` trained on this task
    network       a network to train in place of the copy: a student that was made elsewhere

    `lm` is left as it is. The test split is read once, at the end. A run that was stopped goes on with the same call,
    to the same weights; started by `accelerate launch` or `torchrun`, its processes share every batch. Raises
    InputError for what does not fit, ModelError where the loss is not finite, RunError for a directory of another
    configuration.
    """
    goal = copy.deepcopy(objective) if isinstance(objective, Objective) else make_objective(objective)
    chosen, devices = recipe or Recipe(), Devices(lm.device)
    check_splits(task, train_on, select_on)
    config = {
        "model": lm.name,
        "model_fingerprint": lm.fingerprint,
        "task": task.name,
        "task_fingerprint": task.fingerprint,
        "objective": goal.settings(),
        "recipe": chosen.as_dict(),
        "train_on": list(train_on),
        "select_on": select_on,
        "max_examples": max_examples,
        "space": None if space is None else space.about,
        "teacher": None if teacher is None else teacher.fingerprint,
        "network": None if network is None else type(lm)(network, lm.tokenizer).fingerprint,
        "seed": seed,
    }
    part = task if max_examples is None else task.subset(max_examples, seed=seed)
    with main_first(devices, lambda: Run.open(out, config if devices.main else None)) as run:
        if not run.finished:
            if devices.main:
                run.note(excluded=task.excluded, notes=list(task.notes), command=command)
            told = (progress or silent) if devices.main else silent
            work = Work(
                *(run, lm, part, goal, chosen, train_on, select_on, devices, seed, told),
                **{"space": space, "teacher": teacher, "network": network},
            )
            _carried_out(work, tuple(trackers), config)
    return run


def _carried_out(work: Work, trackers: Sequence[str], config: dict[str, Any]) -> None:
    run, main = work.run, work.devices.main
    kept, before = latest(work.checkpoints), _spread_before(work) if main else []
    tracking = Trackers(trackers, run.path / "logs", config, kept.step if kept else 0) if main else None
    try:
        state = work.train(tracking)
    finally:
        if tracking is not None:
            tracking.close()
    work.devices.on_main(lambda: _concluded(work, state, before))


def _concluded(work: Work, state: State, before: list[Row]) -> None:
    """Keep the network, judge it on the test split, and write the numbers behind those from `before` training."""
    run, trainee, task = work.run, work.trainee, work.task
    save_model(trainee, run.path / MODEL)
    judged = {"tune": task.splits["tune"].stratified(HELD, work.seed), "test": task.splits["test"]}
    found = {name: trainee.judged(split, trainee.examples(split)) for name, split in judged.items()}
    save_predictions(run, {name: (split, found[name][0]) for name, split in judged.items()})
    by_epoch = epoch_rows(task, work.held, state.epochs, "+".join(work.train_on), work.seed)
    rows = [({"split": work.select_on, **at}, one) for at, one in by_epoch]
    best: dict[str, Any] = {"split": "test", "role": "chosen", "epoch": state.best + 1}
    rows += [(best | at, one) for at, one in chosen_rows(task, judged["test"], found["test"][0], work.seed)]
    rows.append(({"quantity": "seconds"}, _seconds(state.seconds, state.step)))
    rows += before
    for name, split in judged.items():
        rows += _spread(work, name, "after", split, found[name][1])
    if work.select_on == "test":  # of whatever kind: these examples chose the network
        rows = [(at, one.flagged(REPORTED) if at.get("split") == "test" else one) for at, one in rows]
    common: dict[str, Any] = {"measure": "finetune", "model": work.lm.name, "task": task.name}
    common |= {"method": work.objective.name, "seed": work.seed}
    if not run.ledger.has(measure="finetune"):  # a run that was stopped here has written them all
        run.ledger.append([{**common, **where, **one.as_dict()} for where, one in rows])
    run.note(steps=state.step, epochs=len(state.epochs), chosen_epoch=state.best + 1, seconds=round(state.seconds, 3))
    run.finish()


def _spread_before(work: Work) -> list[Row]:
    """I(X;Z|Y) of held-out features before training, unless a new layer makes them."""
    if work.trainee.head == "class" and work.recipe.features == "pooled":
        return []
    split = work.task.splits["tune"].stratified(HELD, work.seed)
    return _spread(work, "tune", "before", split, work.trainee.features(work.trainee.examples(split)))


def _spread(work: Work, name: str, role: str, split: "Split", features: "Tensor") -> list[Row]:
    """I(X;Z|Y) of the features of `split`; nothing where it has one label only."""
    if len(np.unique(split.labels)) < 2 or len(np.unique(split.groups)) < 2:
        return []
    values = features.cpu().numpy()
    report = cmi_report(values, split.labels, groups=split.groups, names=work.task.labels, seed=work.seed)
    return [({"measure": "cmi", "split": name, "role": role, **at}, one) for at, one in report.rows()]


def _seconds(seconds: float, steps: int) -> Estimate:
    return Estimate(value=seconds, units="seconds", n=steps, estimator="all steps of the training")


def check_splits(task: "Task", train_on: Sequence[str], select_on: str) -> None:
    """InputError for splits that are not there, and for one that is both learnt and judged on."""
    _ = task.labels
    for name in (*train_on, select_on):
        if name not in task.splits:
            raise InputError(one_line(f"split {name!r}", f"some of {', '.join(task.splits)}", "use one of these"))
    both = {"test", select_on} & set(train_on)
    if isinstance(train_on, str) or not train_on or both:
        judged = " and ".join(dict.fromkeys((select_on, "test")))
        came = f"training on {', '.join([train_on] if isinstance(train_on, str) else train_on)} and judging on {judged}"
        raise InputError(one_line(came, "splits that are not judged on", "train on direction"))
