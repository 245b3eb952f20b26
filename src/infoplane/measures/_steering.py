"""How many plans the measures that steer would run, and how long that would take, from a short trial of one plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from infoplane.measures._dose import CELLS as DOSES
from infoplane.measures._dose import PASSED
from infoplane.measures._key_places import places
from infoplane.measures._key_steps import CELLS, MOST_STEPS
from infoplane.measures._trial import answer_tokens
from infoplane.measures._trials import some_prompts, timed
from infoplane.models import Add, Edit, Plan, Select
from infoplane.spaces import TaskSpace

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task


@dataclass(frozen=True, slots=True)
class Runs:
    """Plans of a measure, and how often an example is held, run from its last token on, and run from its beginning."""

    plans: int
    held: int
    answers: int
    prompts: int = 0


def steering_runs(lm: "LanguageModel", task: "Task", names: Sequence[str], layers: Sequence[int]) -> dict[str, Runs]:
    """What each of the measures `names` that steer would run on the measure split; nothing for an encoder."""
    if not lm.answers:
        return {}
    examples, labels = len(task.splits["measure"]), len(task.labels)
    few, told = min(examples, PASSED), len(DOSES) * labels
    counted: dict[str, Runs] = {}
    if "dose" in names:
        runs = told * few + (len(DOSES) + 1) * examples
        counted["dose"] = Runs(told + len(DOSES) + 1, examples + few, runs)
    if "key_steps" in names:
        counted["key_steps"] = _key_steps(lm, task, layers, examples)
    if "read_write" in names:
        plans = 2 * len(layers) + 1
        counted["read_write"] = Runs(plans, examples, plans * examples)
    return counted


def seconds_of_steering(lm: "LanguageModel", task: "Task", runs: Mapping[str, Runs]) -> float:
    """Seconds for all of `runs`, from holding some prompts and trying one plan on them."""
    if not runs:
        return 0.0
    from infoplane.models import Rehearsal

    prompts = some_prompts(task)
    nothing = Add(np.zeros((1, 1, lm.width), np.float32), np.ones((1, 1), np.float32))
    plan = Plan((Edit(Select(layers=lm.layers), (nothing,)),))
    rehearsal = Rehearsal(lm, prompts, task.answers)
    rehearsal.under(plan)
    held = timed(lambda: Rehearsal(lm, prompts, task.answers))
    answered = timed(lambda: rehearsal.under(plan))
    whole = timed(lambda: lm.score(prompts, task.answers))
    seconds = sum(held * one.held + answered * one.answers + whole * one.prompts for one in runs.values())
    return seconds / len(prompts)


def _key_steps(lm: "LanguageModel", task: "Task", layers: Sequence[int], examples: int) -> Runs:
    few = min(examples, CELLS)
    everything = places(tuple(layers), _middle(lm), min(answer_tokens(lm, task), MOST_STEPS))
    edits = {
        (cell, prompt): sum(len(one.edits) for one in everything if (one.cell, one.prompt) == (cell, prompt))
        for cell in (False, True)
        for prompt in (False, True)
    }
    return Runs(
        1 + sum(edits.values()),
        examples + few,
        examples * (1 + edits[False, False]) + few * edits[True, False],
        few * (edits[False, True] + edits[True, True]),
    )


def _middle(lm: "LanguageModel") -> tuple[int, ...]:
    """The default band of a space that is not built yet."""
    layers = tuple(range(1, lm.layers + 1))
    none = np.zeros((len(layers), 1, lm.width))
    return TaskSpace((), layers, none, none[..., 0], none[:, 0], none[:, 0, 0], (), lm.fingerprint, {}).band()
