"""What a measurement would compute, how large its states are and how long it would take, from two short trials."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import cpu_count

from infoplane.estimators import read_labels
from infoplane.measures._collect import SPLITS, steps_needed
from infoplane.measures._measure import DEFAULT, check_measures, chosen_layers, contexts_of
from infoplane.measures._numbers import Options
from infoplane.models import Select
from infoplane.spaces import NEGATIVES

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

_TRIAL = 16


def plan(
    lm: "LanguageModel",
    task: "Task",
    *,
    measures: Sequence[str] = DEFAULT,
    layers: str | Iterable[int] = "all",
    max_examples: int | None = 1000,
    permutations: int = 100,
    mode: str = "sound",
    seed: int = 0,
) -> dict[str, Any]:
    """What `measure` with the same arguments would do: prompts to read, megabytes of states, estimates, seconds.

    Seconds come from reading 16 prompts and from one estimate on noise of the shape of the states.
    """
    names, chosen = check_measures(measures, mode), chosen_layers(lm, layers)
    part = task if max_examples is None else task.subset(max_examples, seed=seed)
    examples = {split: len(part.splits[split]) for split in SPLITS}
    decoder = lm.kind == "decoder"
    steps = steps_needed(lm, part) if decoder else 0
    contrasts = _contrasts(task, contexts_of(task, max_examples))
    kept = sum(examples.values()) * (1 + decoder) + examples["measure"] * steps
    cells = {"plane": (1 + decoder) * len(chosen), "steps": steps * len(chosen)}
    options = Options(permutations, seed)
    reads = sum(examples.values()) + contrasts + examples["measure"] * 3 * decoder
    seconds_a_prompt = _timed(lambda: _read_trial(lm, part)) / min(_TRIAL, examples["measure"])
    seconds_a_cell = {
        "plane": _timed(lambda: _estimate_trial(lm, part, options.permutations)),
        "steps": 2.5 * _timed(lambda: _estimate_trial(lm, part, options.step_permutations)),
    }
    numbers = sum(cells[name] * seconds_a_cell[name] for name in cells if name in names) / cpu_count()
    return {
        "measures": list(names),
        "labels": len(part.labels),
        "layers": list(chosen),
        "examples": examples,
        "contrast_prompts": contrasts,
        "decoding_steps": steps,
        "states_megabytes": kept * len(chosen) * lm.width * 4 / 1e6,
        "cells": {name: count for name, count in cells.items() if name in names},
        "permutations": permutations,
        "expected_seconds": {"reading": reads * seconds_a_prompt, "numbers": numbers},
    }


def _contrasts(task: "Task", contexts: int) -> int:
    """Prompts from which the task space would be built."""
    counts = np.bincount(np.asarray(task.splits["direction"].labels), minlength=len(task.labels))
    pairs = int(np.minimum(counts, contexts).sum())
    return pairs * (1 + min(NEGATIVES, len(task.labels) - 1))


def _read_trial(lm: "LanguageModel", task: "Task") -> None:
    split = task.splits["measure"]
    lm.read([task.prompt(split.texts[row], split.pair(row)) for row in range(min(_TRIAL, len(split)))], Select())


def _estimate_trial(lm: "LanguageModel", task: "Task", permutations: int) -> None:
    labels = np.asarray(task.splits["measure"].labels)
    noise = np.random.default_rng(0).standard_normal((len(labels), lm.width))
    read_labels(noise, labels, permutations=permutations)


def _timed(trial: Callable[[], None]) -> float:
    start = time.perf_counter()
    trial()
    return time.perf_counter() - start
