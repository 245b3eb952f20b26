"""Task spaces of what is known of a label without instructions: means of the states that bare prompts leave.

A contrast of instructions (eq. 1-4 of the task-space paper) needs a model that follows them. Label means ask the bare
prompt only, about examples whose labels are known: the centroid-vs-rest form of choice A3. In-context means move
them by what answered examples in the prompt do to a state whatever its label, which is most of what in-context learning
brings where a model has to be shown how to answer.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import TaskError, one_line
from infoplane.methods._icl import answered, fitting
from infoplane.methods._once import once
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane._prompt import Prompt
    from infoplane.methods._setting import Setting
    from infoplane.spaces import TaskSpace
    from infoplane.tasks import Split

Floats = NDArray[np.float64]

# Examples of a label whose mean is taken, and prompts with answered examples: more are slower and move them little.
_EXAMPLES = 200
_SHOWN = 128


@once
def label_means(setting: "Setting") -> "TaskSpace":
    """The space of the direction split's labels: v_e = mean state under e less the mean state under all other labels.

    States are those of the last token of the bare prompt. Raises TaskError for a label without examples.
    """
    from infoplane.spaces import TaskSpace

    lm, task = setting.lm, setting.task
    read = [_sums(setting, label) for label in range(len(task.labels))]
    sums, norms = (np.stack([one[at] for one in read]) for at in (0, 1))
    counts = np.array([one[2] for one in read])
    others = (sums.sum(axis=0) - sums) / (counts.sum() - counts)[:, None, None]
    means = (sums / counts[:, None, None] - others).swapaxes(0, 1)
    sizes = np.linalg.norm(means, axis=2)
    return TaskSpace(
        labels=tuple(task.labels),
        layers=tuple(range(1, lm.layers + 1)),
        directions=_unit(means, sizes),
        sizes=sizes,
        means=sums.sum(axis=0) / counts.sum(),
        norms=norms.sum(axis=0) / counts.sum(),
        checks=(),
        fingerprint=lm.fingerprint,
        about={
            "model": lm.name,
            "task": task.name,
            "task_fingerprint": task.fingerprint,
            "method": "label means",
            "contexts": _EXAMPLES,
            "seed": setting.seed,
        },
    )


@once
def in_context_means(setting: "Setting") -> "TaskSpace":
    """Label means, each moved by the mean difference u that answered examples make: v_e + u.

    u = mean over examples of the direction split of the state behind `setting.examples` others with their labels, drawn
    at random, less the state behind the bare prompt. As weights of labels sum to 1, so does the share of u in a plan.
    """
    space = label_means(setting)
    rng = np.random.default_rng([setting.seed, 14])
    asked = setting.pool.take(rng.permutation(len(setting.pool))[:_SHOWN])
    shown = [_shown(setting, asked, row, rng) for row in range(len(asked))]
    select = Select(layers=space.layers, tokens="last")
    behind, bare = (setting.lm.read(prompts, select) for prompts in (shown, setting.prompts(asked)))
    moved = np.stack(
        [(behind.layer(layer) - bare.layer(layer)).mean(axis=0, dtype=np.float64) for layer in space.layers]
    )
    vectors = space.directions * space.sizes[..., None] + moved[:, None]
    sizes = np.linalg.norm(vectors, axis=2)
    about = space.about | {"method": "in-context means", "shown": setting.examples}
    return replace(space, directions=_unit(vectors, sizes), sizes=sizes, about=about)


def _sums(setting: "Setting", label: int) -> tuple[Floats, Floats, int]:
    """Sum of the states (layers, width) of some examples of a label, sum of their norms (layers,), how many."""
    lm, name = setting.lm, setting.task.labels[label]
    rows = np.flatnonzero(setting.pool.labels == label)
    if not len(rows):
        raise TaskError(one_line(f"label {name!r} without an example", "one or more", "leave it out"))
    rng = np.random.default_rng([setting.seed, label])
    chosen = setting.pool.take(np.sort(rng.permutation(rows)[:_EXAMPLES]))
    states = lm.read(setting.prompts(chosen), Select(layers=tuple(range(1, lm.layers + 1)), tokens="last"))
    setting.told("label means", label + 1, len(setting.task.labels))
    by_layer = [states.layer(layer).astype(np.float64) for layer in range(1, lm.layers + 1)]
    norms = np.array([np.linalg.norm(rows_, axis=1).sum() for rows_ in by_layer])
    return np.array([rows_.sum(axis=0) for rows_ in by_layer]), norms, len(chosen)


def _shown(setting: "Setting", asked: "Split", row: int, rng: np.random.Generator) -> "Prompt":
    """The prompt of an example behind others of the pool with their labels, none of its own group."""
    others = rng.permutation(np.flatnonzero(setting.pool.groups != asked.groups[row]))[: setting.examples]
    return fitting(setting, [answered(setting, at) for at in others], asked.texts[row], asked.pair(row))


def _unit(vectors: Floats, sizes: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(sizes, np.finfo(float).tiny)[..., None])
