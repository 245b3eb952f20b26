"""What a dose costs elsewhere: nats a token on neutral text, and the accuracy on another task.

Neutral text is steered at every position behind its opening; prompts of the other task as those of the task itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean, proportion
from infoplane.measures._contrast import mean_against
from infoplane.measures._live import Live, Steer
from infoplane.measures._neutral import openings
from infoplane.measures._numbers import Options, Row
from infoplane.measures._saved import Saved
from infoplane.measures._trial import Chunk, Job, Rows, Trial, chunks_of, scored, spread_rows

if TYPE_CHECKING:
    from infoplane.tasks import Task

Floats = NDArray[np.float64]

_ELSEWHERE = 256  # examples of the other task


def collect_costs(live: Live, steers: Mapping[str, Steer | None]) -> None:
    """Run every one of `steers`, or none, on the neutral text and on the other task; labels are told in turn."""
    _collect_neutral(live, steers)
    if live.elsewhere is not None:
        _collect_elsewhere(live, live.elsewhere, steers)


def plain_costs(saved: Saved, name: str) -> list[Row]:
    """What text and task come to under `name`, without steering; flagged where the model does not know such text."""
    return [(where, found.flagged("control")) for where, found, _, _ in _numbers(saved, name)]


def costs(saved: Saved, options: Options, name: str, plain: str) -> list[Row]:
    """The same under the plan `name`, judged against no steering."""
    pairs = zip(_numbers(saved, name), _numbers(saved, plain), strict=True)
    return [
        (where, mean_against(own, control, groups, options, found))
        for (where, found, own, groups), (_, _, control, _) in pairs
    ]


def _numbers(saved: Saved, name: str) -> list[tuple[dict[str, str], Estimate, Floats, Rows]]:
    """Each quantity with its estimate, the numbers it is the mean of, and their groups."""
    loss, most = saved.scratch.load(f"{name}.neutral").T
    text = replace(bootstrap_mean(loss), estimator="text_scoring")
    text = text.flagged("foreign_text") if text.value > most[0] else text
    found = [({"quantity": "neutral_loss"}, text, loss, np.arange(len(loss)))]
    if len(saved.scratch.done(f"{name}.elsewhere")):
        hits, groups = saved.scratch.load(f"{name}.elsewhere").T
        share = replace(proportion(hits, groups), estimator="label_scoring")
        found.insert(0, ({"quantity": "elsewhere_accuracy"}, share, hits, groups.astype(np.int64)))
    return found


def _collect_neutral(live: Live, steers: Mapping[str, Steer | None]) -> None:
    """Nats a token of every passage, beside those of a model to which all tokens are alike."""
    prompts, rests = openings(live.neutral)
    starts = [live.lm.renderer.render(prompt) for prompt in prompts]
    whole = [start + rest for start, rest in zip(starts, rests, strict=True)]
    before, after = (live.lm.renderer.tokenize(texts)[0] for texts in (starts, whole))
    counts = np.array([len(long) - len(short) for long, short in zip(after, before, strict=True)])
    alike = float(np.log(live.lm.anatomy.config.vocab_size))
    told = _in_turn(live.task.labels, len(prompts))

    def loss(steer: Steer | None) -> Job:
        run = scored(steer and steer(told))

        def job(trial: Trial) -> Floats:
            found = -run(trial)[:, 1] / counts[trial.rows]
            return np.column_stack([found, np.full(len(found), alike)])

        return job

    chunks = [Chunk(np.array([row]), [prompts[row]], [rests[row]]) for row in range(len(prompts))]
    live.collect("neutral text", chunks, {f"{name}.neutral": loss(steer) for name, steer in steers.items()})


def _collect_elsewhere(live: Live, task: "Task", steers: Mapping[str, Steer | None]) -> None:
    """Whether answers to the other task are right, and the group of each example."""
    split = task.splits["measure"]
    gold, groups = np.asarray(split.labels), np.asarray(split.groups)
    told = _in_turn(live.task.labels, len(split))

    def hits(steer: Steer | None) -> Job:
        run = scored(steer and steer(told))

        def job(trial: Trial) -> Floats:
            answers, rows = run(trial)[:, 1:].argmax(axis=1), trial.rows
            return np.column_stack([answers == gold[rows], groups[rows]]).astype(np.float64)

        return job

    chunks = chunks_of(task, split, spread_rows(len(split), _ELSEWHERE))
    live.collect("another task", chunks, {f"{name}.elsewhere": hits(steer) for name, steer in steers.items()})


def _in_turn(labels: tuple[str, ...], count: int) -> list[str]:
    return [labels[row % len(labels)] for row in range(count)]
