"""Key steps: where taking a label's direction away, or putting it there, changes what is answered.

At every step, band of layers and step x layer the direction of the gold label (`oracle`) is added, subtracted or
erased, beside a random direction of the same size (`random`) and that of another label (`other`). Step 0 edits the
content of the prompt, step 1 its last token, step t the position that emits token t. Source: task-space paper, 2.4.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.measures._key_numbers import answer_rows, plain_rows
from infoplane.measures._key_places import Edit, Place, places
from infoplane.measures._key_view import write_view
from infoplane.measures._live import Live, Strength, strength_flags
from infoplane.measures._numbers import Options, Row, Unit
from infoplane.measures._saved import Saved
from infoplane.measures._trial import Job, Trial, answer_tokens

if TYPE_CHECKING:
    from infoplane.models import Plan

Ints = NDArray[np.int64]

DOSE = 1.0  # nats that adding spends on the default band; every other place gets the same strength
CELLS = 128  # examples of every place of the step x layer map, and of every place in the prompt
MOST_STEPS = 4
_PLAIN, _STRENGTH, _STEPS = "key_steps.plain", "key_steps.strength", "key_steps.steps"
_SHOWN = (Edit("oracle", "add"), Edit("oracle", "erase"), Edit("random", "add"), Edit("other", "add"))


def collect(live: Live) -> None:
    """Run every edit at every place, and let some examples answer under a few of them."""
    store = live.saved.scratch
    if not len(store.done(_STEPS)):
        store.write(_STEPS, np.array([0]), np.array([min(answer_tokens(live.lm, live.task), MOST_STEPS)]))
    live.steers([Strength(_STRENGTH, live.saved.space, DOSE, live.saved.space.band())])
    live.collect("without steering", live.chunks(), {_PLAIN: _answering(None)})
    everything = _places(live.saved)
    for cell in (False, True):
        for prompt in (False, True):
            here = [place for place in everything if (place.cell, place.prompt) == (cell, prompt)]
            chosen = [(edit, place) for place in here for edit in place.edits]
            jobs = {_name(*one): _answering(_plan(live, *one), prompt) for one in chosen}
            what = f"key steps: {'layers' if cell else 'bands'}, {'prompt' if prompt else 'answer'}"
            live.collect(what, live.chunks(CELLS if cell or prompt else None), jobs)
    write_view(live, everything[0], {edit.method: _plan(live, edit, everything[0]) for edit in _SHOWN})


def units(saved: Saved, options: Options) -> Iterator[Unit]:
    """Answers without steering, then three numbers of every edit at every place; none for an encoder."""
    if not saved.answering:
        return
    yield Unit({"quantity": "label_information", "method": "plain"}, partial(_plain_rows, saved, options))
    for place in _places(saved):
        for edit in place.edits:
            last = {"quantity": "label_information", "method": edit.method, **place.where}
            yield Unit(last, partial(_rows, saved, options, edit, place))


def _places(saved: Saved) -> list[Place]:
    layers = tuple(layer for layer in saved.space.layers if layer in saved.layers)
    return places(layers, saved.space.band(), int(saved.scratch.load(_STEPS)[0]))


def _plan(live: Live, edit: Edit, place: Place) -> "Plan":
    """The plan of every example of the measure split."""
    space = live.spaces["random" if edit.kind == "random" else "add"]
    strength = None if edit.operation == "erase" else float(live.saved.scratch.load(_STRENGTH)[0, 0])
    return space.plan(
        live.told if edit.kind == "other" else live.names(live.saved.labels()),
        operation=edit.operation,
        coefficient=strength,
        layers=place.layers,
        steps=place.steps,
        tokens="content" if place.prompt else "last",
    )


def _answering(plan: "Plan | None", prompt: bool = False) -> Job:
    """The job that takes the label of largest log-probability under `plan`, (rows,); `prompt`: the plan edits it."""

    def job(trial: Trial) -> Ints:
        if plan is None:
            scores = trial.rehearsal.plain.scores
        elif not prompt:
            scores = trial.rehearsal.under(plan.take(trial.rows)).scores
        else:
            with trial.lm.steer(plan.take(trial.rows)):
                scores = trial.lm.score(trial.chunk.prompts, trial.chunk.answers)
        answers: Ints = scores.argmax(axis=1)
        return answers

    return job


def _plain_rows(saved: Saved, options: Options) -> list[Row]:
    found = plain_rows(saved.scratch.load(_PLAIN), saved, options)
    return [({"method": "plain"} | at, estimate) for at, estimate in found]


def _rows(saved: Saved, options: Options, edit: Edit, place: Place) -> list[Row]:
    """A label's direction is judged against a random one, and that against no steering.

    The gold label also says which random direction an example gets, so that only where it points is random.
    """
    rows = saved.scratch.done(_name(edit, place))
    random = Edit("random", edit.operation)
    load = saved.scratch.load
    control = load(_PLAIN)[rows] if edit == random else load(_name(random, place))
    found = answer_rows(
        saved.labels()[rows],
        load(_name(edit, place)),
        control,
        groups=saved.groups()[rows],
        labels=len(saved.names),
        options=options,
    )
    flags = ["oracle"]  # another label than the gold one tells of it too: with two labels, all
    if edit.operation != "erase":
        flags += strength_flags(saved, _STRENGTH)
    where = {"method": edit.method, "site": "residual", **place.where}
    return [(where | at, estimate.flagged(*flags)) for at, estimate in found]


def _name(edit: Edit, place: Place) -> str:
    return f"key_steps.{edit.kind}.{edit.operation}.{place.layers}.{place.steps}"
