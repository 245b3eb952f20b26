"""What a measurement would compute, how large its states are and how long it would take, from two short trials."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import cpu_count

from infoplane.measures._collect import SPLITS, steps_needed
from infoplane.measures._measure import DEFAULT, check_measures, chosen_layers, contexts_of
from infoplane.measures._numbers import Options
from infoplane.measures._steering import seconds_of_steering, steering_runs
from infoplane.measures._trials import seconds_of_cells, seconds_of_reading
from infoplane.spaces import NEGATIVES

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task


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
    """What `measure` with the same arguments would do: prompts to read, megabytes of states, estimates, plans
    to steer by, seconds.

    Seconds come from reading some prompts, from estimates on noise of the shape of the states, and from one plan.
    """
    names, chosen = check_measures(measures, mode), chosen_layers(lm, layers)
    part = task if max_examples is None else task.subset(max_examples, seed=seed)
    examples = {split: len(part.splits[split]) for split in SPLITS}
    decoder = lm.kind == "decoder"
    steps = steps_needed(lm, part) if lm.answers else 0
    contexts, contrasts = _space_prompts(task, contexts_of(task, max_examples))
    kept = sum(examples.values()) * (1 + decoder) + examples["measure"] * steps
    cells = {
        "plane": (1 + decoder) * len(chosen),
        "spaces": (3 * len(part.labels) + 1) * len(chosen),
        "steps": steps * len(chosen),
    }
    cells = {name: count for name, count in cells.items() if {"spaces": "plane"}.get(name, name) in names}
    runs = steering_runs(lm, part, names, [layer for layer in chosen if layer])
    if "read_write" in runs:
        cells.setdefault("plane", len(chosen) - 1)  # what is read of the last token
    seconds = seconds_of_cells(part, lm.width, Options(permutations, seed))
    return {
        "measures": list(names),
        "labels": len(part.labels),
        "layers": list(chosen),
        "examples": examples,
        "contrast_prompts": contrasts,
        "decoding_steps": steps,
        "states_megabytes": kept * len(chosen) * lm.width * 4 / 1e6,
        "cells": cells,
        "plans": {name: one.plans for name, one in runs.items()},
        "permutations": permutations,
        "expected_seconds": {
            "reading": seconds_of_reading(lm, part, contrasts, contexts, steps),
            "numbers": sum(count * seconds[name] for name, count in cells.items()) / cpu_count(),
            **({"steering": seconds_of_steering(lm, part, runs)} if runs else {}),
        },
    }


def _space_prompts(task: "Task", most: int) -> tuple[int, int]:
    """Texts from which the task space would be built, at most so many a label, and prompts made of them."""
    counts = np.bincount(np.asarray(task.splits["direction"].labels), minlength=len(task.labels))
    contexts = int(np.minimum(counts, most).sum())
    return contexts, contexts * (1 + min(NEGATIVES, len(task.labels) - 1))
