"""Measuring a model on a task: read once into the run's store, then write number after number into its ledger.

Most measures need what was read and nothing else. Those of `LIVE` steer the model: each first collects, into the same
store, what its plans do to every example.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line
from infoplane.measures import _best_layer, _dose, _key_steps, _paper, _plane, _read_write, _space, _steps
from infoplane.measures._collect import Reading
from infoplane.measures._inherited import inherited, on_space
from infoplane.measures._live import Live
from infoplane.measures._neutral import PASSAGES, openings
from infoplane.measures._numbers import Options, Progress, Unit, write_units
from infoplane.measures._saved import Saved
from infoplane.measures._views import write_views
from infoplane.models import Select
from infoplane.runs import Run
from infoplane.spaces import CONTEXTS, TaskSpace

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

MEASURES: dict[str, Callable[[Saved, Options], Iterator[Unit]]] = {
    "best_layer": _best_layer.units,
    "dose": _dose.units,
    "key_steps": _key_steps.units,
    "paper": _paper.units,
    "plane": _plane.units,
    "read_write": _read_write.units,
    "space": _space.units,
    "steps": _steps.units,
}
LIVE: dict[str, Callable[[Live], None]] = {
    "dose": _dose.collect,
    "key_steps": _key_steps.collect,
    "read_write": _read_write.collect,
}
DEFAULT = ("space", "plane", "best_layer", "steps")
MODES = ("sound", "paper")
_OF_THE_STATES = ("excluded", "notes", "truncated", "threads")


def measure(
    lm: "LanguageModel",
    task: "Task",
    *,
    out: str | Path,
    space: TaskSpace | None = None,
    elsewhere: "Task | None" = None,
    neutral: Sequence[str] = PASSAGES,
    measures: Sequence[str] = DEFAULT,
    layers: str | Iterable[int] = "all",
    max_examples: int | None = 1000,
    permutations: int = 100,
    mode: str = "sound",
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Where `lm` carries the information about the labels of `task`: the finished run in the directory `out`.

    `space`: built on the direction split where none is given. `elsewhere`, `neutral`: another task and plain texts, on
    which the measure `dose` tells what steering costs. `layers`: all by default. `max_examples`: of each split.
    `permutations`: draws of every null. `mode="paper"` adds the published recipe with its leak. `command`: what a
    reader of the report types to get the same. A run that was stopped continues with the same call.
    Raises InputError for unknown measures or layers, RunError for a directory of another configuration.
    """
    names = check_measures(measures, mode)
    told = progress or _silent
    if space is not None:
        space.check(lm, task)
    openings(neutral)
    chosen = chosen_layers(lm, layers)
    config = {
        "model": lm.name,
        "model_fingerprint": lm.fingerprint,
        "task": task.name,
        "task_fingerprint": task.fingerprint,
        "space": None if space is None else space.about,
        "elsewhere": elsewhere and elsewhere.fingerprint,
        "neutral": sha256(repr(list(neutral)).encode()).hexdigest(),
        "measures": list(names),
        "layers": list(chosen),
        "max_examples": max_examples,
        "permutations": permutations,
        "mode": mode,
        "seed": seed,
    }
    with Run.open(out, config) as run:
        if not run.finished:
            with run.timed():
                part = task if max_examples is None else task.subset(max_examples, seed=seed)
                run.note(excluded=task.excluded, notes=list(task.notes), command=command, threads=_threads(lm))
                _keep_space(run, lm, task, space, contexts_of(task, max_examples), seed, told)
                saved = Reading(lm, part, run, chosen, mode == "paper", told).collect()
                options = Options(permutations, seed)
                live = Live(lm, part, saved, options, told, elsewhere, tuple(neutral))
                _write(run, saved, names, options, told, live)
        return run


def measure_saved(
    source: str | Path,
    *,
    out: str | Path,
    space: TaskSpace | None = None,
    measures: Sequence[str] = DEFAULT,
    permutations: int = 100,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """The numbers of the states that the run in `source` has saved, without the model: a new run in `out`.

    `space`: another task space than that of the source; then only the numbers that stand on it are computed. Raises
    InputError for measures that steer the model.
    """
    names = check_measures(measures, "sound")
    if steered := [name for name in names if name in LIVE]:
        came = f"{' and '.join(steered)} of saved states, without the model"
        kept = ", ".join(name for name in MEASURES if name not in LIVE)
        raise InputError(one_line(came, f"some of {kept}", "measure the model itself for what steers it"))
    config = {"states": str(source), "measures": list(names), "permutations": permutations, "seed": seed}
    config |= {} if space is None else {"space": space.about}
    with Run.open(source, None) as read, Run.open(out, config) as run:
        if not run.finished:
            with run.timed():
                run.note(**{name: read.facts[name] for name in _OF_THE_STATES if name in read.facts}, command=command)
                saved = Saved.of(read, run.states, space)
                _write(run, saved, names, Options(permutations, seed), progress or _silent)
        return run


def _threads(lm: "LanguageModel") -> int:
    """Threads `lm` runs on, whose number can change the last bits of a state."""
    import torch

    with lm.running():
        return torch.get_num_threads()


def _write(
    run: Run, saved: Saved, names: tuple[str, ...], options: Options, progress: Progress, live: Live | None = None
) -> None:
    """Write the numbers of every measure; what needs only states comes first, `live` serves the others."""
    common = {"model": saved.about["model"], "task": saved.about["task"], "split": "measure", "seed": options.seed}
    for name in sorted(names, key=lambda name: name in LIVE):
        if live is not None and name in LIVE and saved.answering:
            LIVE[name](live)
        units = list(MEASURES[name](saved, options))
        units = units if saved.given is None else [unit for unit in units if on_space(name, unit.last)]
        units = [inherited(name, unit) for unit in units] if saved.of_parent else units
        told = lambda done, total, name=name: progress(f"numbers: {name}", done, total)  # noqa: E731
        write_units(units, run.ledger, common | {"measure": name}, told)
    write_views(run, saved)
    run.finish()


def check_measures(measures: Sequence[str], mode: str) -> tuple[str, ...]:
    """The measures to run, in their order; InputError for a name there is not."""
    for what, given, known in (("measure", measures, MEASURES), ("mode", [mode], MODES)):
        for name in given:
            if name not in known:
                raise InputError(one_line(f"{what} {name!r}", f"one of {', '.join(known)}", "use one of these"))
    return tuple(dict.fromkeys((*measures, *(("paper",) if mode == "paper" else ()))))


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody wants to hear of."""


def chosen_layers(lm: "LanguageModel", layers: str | Iterable[int]) -> tuple[int, ...]:
    """Layers to read, 0 always among them because it stands for the input."""
    chosen = Select(layers=layers).resolve_layers(lm.layers)
    return tuple(sorted({0, *(layer for layer in chosen if layer != "final")}))


def contexts_of(task: "Task", max_examples: int | None) -> int:
    """Contexts a label from which the task space is built: as many in all as `max_examples`, but ten at least."""
    return CONTEXTS if max_examples is None else min(CONTEXTS, max(10, max_examples // len(task.labels)))


def _keep_space(
    run: Run, lm: "LanguageModel", task: "Task", space: TaskSpace | None, contexts: int, seed: int, told: Progress
) -> None:
    """Put the task space among the run's artefacts, built unless one was given or stands there already."""
    folder = run.artifacts / "space"
    if (folder / "space.json").is_file():
        return
    if space is None:
        build = lambda done, total: told("task space", done, total)  # noqa: E731
        space = TaskSpace.build(lm, task, contexts=contexts, seed=seed, progress=build)
    space.save(folder)
