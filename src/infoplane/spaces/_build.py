"""Building a task space: contrasts read, directions fitted and checked, doses calibrated."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.spaces._calibrate import calibrated
from infoplane.spaces._contrasts import (
    CONTEXTS,
    LEAST_CONTEXTS,
    NEGATIVES,
    Progress,
    centroid_differences,
    choose_pairs,
    contrast_differences,
    plain_states,
    read_at,
)
from infoplane.spaces._directions import METHODS, Method
from infoplane.spaces._fit import check_rows, fit_direction
from infoplane.spaces._manner import Clause, manner

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.spaces._space import TaskSpace
    from infoplane.tasks import Task

Recipe = Method | Literal["centroid"]
RECIPES: tuple[Recipe, ...] = (*METHODS, "centroid")


def built_fields(
    lm: "LanguageModel",
    task: "Task",
    *,
    method: Recipe,
    contexts: int,
    negatives: int,
    seed: int,
    progress: Progress | None,
) -> dict[str, Any]:
    """The fields of the space that `TaskSpace.build` makes; InputError for settings that make none."""
    if method not in RECIPES:
        raise InputError(one_line(f"method {method!r}", f"one of {', '.join(RECIPES)}", "use one of these"))
    if contexts < LEAST_CONTEXTS:
        do = f"leave it out for {CONTEXTS}"
        raise InputError(one_line(f"contexts={contexts}", f"{LEAST_CONTEXTS} or more for each label", do))
    if negatives < 1:
        raise InputError(one_line(f"negatives={negatives}", "1 or more", f"leave it out for {NEGATIVES}"))
    negatives = 1 if method == "paper" else negatives
    pairs = choose_pairs(task.splits["direction"], len(task.labels), contexts=contexts, negatives=negatives, seed=seed)
    if method == "centroid":
        differences, axis = centroid_differences(lm, task, pairs), METHODS[0]
    else:
        differences, axis = contrast_differences(lm, task, pairs, progress), method
    layers = tuple(range(1, lm.layers + 1))
    fits = [[fit_direction(deltas[:, layer], axis, seed) for deltas in differences] for layer in layers]
    means, norms = plain_states(lm, task, pairs, layers)
    return {
        "labels": tuple(task.labels),
        "layers": layers,
        "directions": np.array([[fit.unit for fit in row] for row in fits]),
        "sizes": np.array([[fit.size for fit in row] for row in fits]),
        "means": means,
        "norms": norms,
        "checks": check_rows(fits, layers, task.labels),
        "fingerprint": lm.fingerprint,
        "about": {
            "model": lm.name,
            "architecture": lm.network.config.model_type,
            "task": task.name,
            "task_fingerprint": task.fingerprint,
            "method": method,
            "contexts": contexts,
            "negatives": negatives,
            "seed": seed,
            "state": str(read_at(lm)),
            "layer_numbering": "l = residual stream after block l, before the final norm",
        },
    }


def first_doses(space: "TaskSpace", lm: "LanguageModel", task: "Task", tokens: Clause, seed: int) -> dict[str, Any]:
    """The fields that hold the curves of the default band, at the last token and at `tokens`.

    Where doses cannot be found, as for an encoder that predicts no next token, `about["uncalibrated"]` says why.
    """
    curves, about = [], dict(space.about)
    for how in dict.fromkeys(manner(space, tokens=where) for where in ("last", tokens)):
        try:
            curves.append(calibrated(space, lm, task, how, seed=seed))
        except InputError as error:
            about["uncalibrated"] = str(error)
    return {"curves": tuple(curves), "about": about}
