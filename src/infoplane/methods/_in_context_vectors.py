"""In-context vectors (Liu et al. 2023, arXiv 2311.06668): what answering the retrieved examples does to the states.

For each retrieved example: the states of all layers behind its answer less those before it. The examples' first
principal component over all layers at once is added, at every layer and token, to the states of the bare prompt, whose
lengths are then restored. It is the nearest published relative of IC-ICL: a vector of examples, not of labels.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._prompt import Prompt
from infoplane.methods._label_means import label_means
from infoplane.methods._method import Ask, Choices, Method
from infoplane.methods._once import once
from infoplane.methods._tune import require_tunable
from infoplane.models import Add, Edit, Plan, Rehearsal, Select

if TYPE_CHECKING:
    from infoplane.methods._setting import Setting
    from infoplane.tasks import Split

# Lengths of what is added, in mean lengths of the layer's states; 0.1 is the authors' own.
_STRENGTHS = (0.05, 0.1, 0.2, 0.4)
# Prompts of the tune split it is chosen on: a plan of every token runs whole prompts.
_TUNED_ON = 200

Floats = NDArray[np.float32]


def _everywhere(setting: "Setting") -> Select:
    return Select(layers=tuple(range(1, setting.lm.layers + 1)), tokens="all")


def answered_changes(setting: "Setting", rows: NDArray[np.int64]) -> Floats:
    """What the answers of the pool's examples `rows` (n, k) change at the last token, (n, k, layers, width).

    Read anew in every call, each example once: the time of a method holds all that its items need.
    """
    some, at = np.unique(rows, return_inverse=True)
    chosen, lm = setting.pool.take(some), setting.lm
    before = setting.prompts(chosen)
    answers = (setting.task.answers[label] for label in chosen.labels)
    after = [Prompt(one.text, one.prefix + said, one.content) for one, said in zip(before, answers, strict=True)]
    select = Select(layers=_everywhere(setting).layers)
    changed = np.asarray(lm.read(after, select).array - lm.read(before, select).array, np.float32)
    return changed[at.reshape(rows.shape)]


def principal(differences: Floats) -> Floats:
    """First principal components about the origin of (n, k, layers, width), over k; (n, layers, width).

    Signed so that the examples agree with them on average; every layer's part has length 1.
    """
    n, k, layers, width = differences.shape
    rows = differences.reshape(n, k, layers * width).astype(np.float64)
    shares = np.linalg.eigh(rows @ rows.transpose(0, 2, 1))[1][:, :, -1]
    found = np.einsum("nk,nkd->nd", shares, rows)
    found *= np.where(np.einsum("nd,nkd->n", found, rows) < 0, -1.0, 1.0)[:, None]
    parts = found.reshape(n, layers, width)
    length = np.linalg.norm(parts, axis=2, keepdims=True)
    return np.asarray(parts / np.maximum(length, np.finfo(float).tiny), np.float32)


def _plan(setting: "Setting", vectors: Floats, strength: float) -> Plan:
    """The plan that adds to row i its own `vectors[i]` at every layer and token, lengths kept."""
    sized = strength * label_means(setting).norms.astype(np.float32)[:, None] * vectors
    add = Add(sized, np.eye(len(vectors), dtype=np.float32))
    return Plan((Edit(_everywhere(setting), (add,), keep_norm=True),), setting.lm.fingerprint)


def _ask(setting: "Setting", queries: "Split", choices: Choices) -> Ask:
    neighbours = setting.nearest(queries)
    vectors = principal(answered_changes(setting, neighbours.rows))
    return Ask(setting.prompts(queries), _plan(setting, vectors, choices["strength"]), neighbours=neighbours)


@once
def _chosen(setting: "Setting") -> Choices:
    """The strength that is most often right on the tune split; of equals, the smallest."""
    require_tunable(setting)
    some = setting.tune.take(np.arange(min(_TUNED_ON, len(setting.tune))))
    vectors = principal(answered_changes(setting, setting.nearest(some).rows))
    rehearsal = Rehearsal(setting.lm, setting.prompts(some), setting.task.answers, select=_everywhere(setting))
    tried = []
    for strength in _STRENGTHS:
        effects = rehearsal.under(_plan(setting, vectors, strength))
        accuracy = float((effects.scores.argmax(axis=1) == some.labels).mean())
        tried.append({"strength": strength, "dose": float(effects.divergence.mean()), "accuracy": accuracy})
    return {**max(tried, key=lambda one: one["accuracy"]), "tried": tried}


IN_CONTEXT_VECTORS = Method(
    "in-context-vectors",
    "The principal change that answering the retrieved examples makes, added at every layer and token (Liu 2023).",
    _ask,
    choose=_chosen,
    rivals=("prompt",),
)
