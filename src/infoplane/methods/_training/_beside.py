"""What stands beside the examples while a network is trained: a teacher's logits, states from before training.

Both are computed once and kept in the run's store; only a teacher that speaks in tokens is asked again at every step.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.methods._setting import Told
from infoplane.methods._training._examples import Examples
from infoplane.methods._training._trainee import Trainee, chosen
from infoplane.models import evaluating
from infoplane.objectives import Objective
from infoplane.runs import StateStore

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

_CHUNK = 256

Rows = NDArray[np.int64]


class Beside:
    """The fields of a batch that the network in training does not give, by the rows of the training examples."""

    def __init__(self, teacher: Trainee | None = None) -> None:
        self._kept: dict[str, Tensor] = {}
        self._teacher = teacher
        self.ragged = False  # whether references have a place for every token

    def keep(self, field: str, values: NDArray[Any]) -> None:
        """Have `values` (n, ...) of all training examples as `field`."""
        self._kept[field] = torch.from_numpy(np.ascontiguousarray(values))

    def of(self, rows: Rows, examples: Examples) -> dict[str, Any]:
        """The fields of the examples at `rows`."""
        at, device = torch.from_numpy(rows), examples.ids.device
        given: dict[str, Any] = {field: values[at].to(device) for field, values in self._kept.items()}
        if self.ragged:
            given["reference"] = given["reference"][:, : examples.ids.shape[1]]
        if self._teacher is not None:
            with torch.no_grad():
                given["teacher"] = self._teacher.run(examples).logits
        return given


def beside(
    trainee: Trainee,
    objective: Objective,
    examples: Examples,
    split: Any,
    teacher: "LanguageModel | None",
    store: StateStore,
    told: Told,
) -> Beside:
    """What `objective` needs beside `examples`, the tensors of `split`; computed where it is not in `store` yet.

    Raises InputError for a teacher that is missing, not wanted, or of other labels or tokens.
    """
    asked = "teacher" in objective.needs
    if asked != (teacher is not None):
        came = f"objective {objective.name} {'without' if asked else 'with'} a teacher"
        raise InputError(one_line(came, "a teacher for distillation, and none otherwise", "give or leave out teacher="))
    speaker = None if teacher is None else as_teacher(teacher, trainee)
    kept = Beside(speaker if speaker is not None and speaker.saying else None)
    if speaker is not None and not speaker.saying:
        read = speaker.examples(split)
        kept.keep("teacher", _cached(store, "train.teacher", read, lambda part: speaker.run(part).logits, told))
    if "reference" in objective.needs:
        with trainee.watched(objective.select), evaluating(trainee.network):
            states = _reference(trainee, objective, examples.ids.shape[1])
            kept.keep("reference", _cached(store, "train.reference", examples, states, told))
            kept.ragged = objective.select is not None and objective.select.ragged
    return kept


def as_teacher(lm: "LanguageModel", student: Trainee) -> Trainee:
    """`lm` as it answers the student's task; InputError where its labels or its tokens are others."""
    task: Task = student.task
    lineage = lm.lineage
    if lineage is None or lineage.head != student.head:
        came = f"teacher {lm.name} {'that was not trained here' if lineage is None else f'with head {lineage.head}'}"
        do = "train it with infoplane finetune first, and name its model folder"
        raise InputError(one_line(came, f"one with head {student.head}", do))
    if lineage.labels != task.labels:
        came = f"teacher {lm.name} of {len(lineage.labels)} labels ({', '.join(lineage.labels[:3])}, ...)"
        raise InputError(one_line(came, f"the {len(task.labels)} of {task.name}", "train a teacher on this task"))
    if lineage.task not in ("", task.origin):
        came = f"teacher {lm.name} of other splits of its task ({lineage.task[:12]})"
        do = "load the task with the seed and options the teacher was trained with: it may have learnt what is judged"
        raise InputError(one_line(came, f"those of {task.name} ({task.origin[:12]})", do))
    if student.saying and lm.tokenizer.get_vocab() != student.lm.tokenizer.get_vocab():
        came = f"teacher {lm.name} of {len(lm.tokenizer)} tokens and a student of {len(student.lm.tokenizer)}"
        raise InputError(one_line(came, "one vocabulary", "choose a teacher of the same family, or head class"))
    return Trainee(lm, task, student.recipe, network=lm.network)


def _reference(trainee: Trainee, objective: Objective, width: int) -> Callable[[Examples], Tensor]:
    """Gives the states that `objective` selects; of every token, filled up to `width` tokens."""
    select = objective.select
    assert select is not None, "an objective with a reference selects states"

    def states(part: Examples) -> Tensor:
        passed = trainee.run(part)
        assert passed.states is not None, "the trainee is watched"
        found = chosen(passed.states, part, select)[0]
        lacking = width - found.shape[1] if select.ragged else 0
        return torch.nn.functional.pad(found, (0, 0, 0, 0, 0, lacking))

    return states


def _cached(
    store: StateStore, name: str, examples: Examples, give: Callable[[Examples], Tensor], told: Told
) -> NDArray[Any]:
    """`give` of all examples, chunk by chunk; what is kept is not redone."""
    done = set(store.done(name).tolist())
    for start in range(0, len(examples), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(examples)))
        if not done.issuperset(rows.tolist()):
            with torch.no_grad():
                store.write(name, rows, give(examples.take(rows)).float().cpu().numpy())
        told(name.replace("train.", "reading the "), int(rows[-1]) + 1, len(examples))
    return store.load(name)
