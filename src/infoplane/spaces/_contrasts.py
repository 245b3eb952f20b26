"""The same dialogue seen from its own label and from other labels: the differences directions are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import TaskError, one_line
from infoplane.models import Select

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Split, Task

Progress = Callable[[int, int], None]
Floats = NDArray[np.float64]

CONTEXTS, NEGATIVES = 100, 4
LEAST_CONTEXTS = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """A context of the direction split, and the labels it is contrasted with."""

    row: int
    negatives: tuple[int, ...]


def read_at(lm: "LanguageModel", layers: str | tuple[int, ...] = "all") -> Select:
    """The state a direction is made of: the last token of a decoder's prompt, the mean over an encoder's content."""
    return Select(layers=layers) if lm.kind == "decoder" else Select(layers=layers, tokens="content", reduce="mean")


def choose_pairs(split: "Split", labels: int, *, contexts: int, negatives: int, seed: int) -> list[list[Pair]]:
    """For every label at most `contexts` pairs, one a group, with `negatives` other labels that serve equally often.

    One random negative would leak that label's mean into the direction (choice A3). Raises TaskError for a label with
    contexts of fewer than four groups, which cannot be split into halves that build and check a direction.
    """
    rng = np.random.default_rng(seed)
    chosen = []
    for label in range(labels):
        rows = np.flatnonzero(np.asarray(split.labels) == label)
        rows = rng.permutation(rows)
        rows = rows[np.sort(np.unique(np.asarray(split.groups)[rows], return_index=True)[1])][:contexts]
        if len(rows) < LEAST_CONTEXTS:
            came = f"label {label} with {len(rows)} contexts"
            raise TaskError(one_line(came, f"{LEAST_CONTEXTS} or more, each of a group of its own", "leave it out"))
        others = rng.permutation([other for other in range(labels) if other != label])
        width = min(negatives, len(others))
        ring = np.tile(others, 2)
        starts = [(index * width) % len(others) for index in range(len(rows))]
        told = [tuple(ring[at : at + width].tolist()) for at in starts]
        chosen.append([Pair(int(row), negatives_of) for row, negatives_of in zip(rows, told, strict=True)])
    return chosen


def contrast_differences(
    lm: "LanguageModel", task: "Task", pairs: list[list[Pair]], progress: Progress | None = None
) -> list[NDArray[np.float32]]:
    """For every label (pairs, layers, width): states under its own label less the mean under the negatives.

    Prompts are read label by label, so that the words before the dialogue are a shared prefix (eq. 3, choice A1).
    """
    split = task.splits["direction"]
    sums = [np.zeros((len(own), lm.layers + 1, lm.width), np.float32) for own in pairs]
    for told, name in enumerate(task.labels):
        uses = [
            (label, index, pair.row, 1.0 if label == told else -1.0 / len(pair.negatives))
            for label, own in enumerate(pairs)
            for index, pair in enumerate(own)
            if label == told or told in pair.negatives
        ]
        prompts = [task.contrast_prompt(name, split.texts[row], split.pair(row)) for _, _, row, _ in uses]
        states = lm.read(prompts, read_at(lm)).array
        for (label, index, _, weight), state in zip(uses, states, strict=True):
            sums[label][index] += np.float32(weight) * state
        if progress:
            progress(told + 1, len(task.labels))
    return sums


def centroid_differences(lm: "LanguageModel", task: "Task", pairs: list[list[Pair]]) -> list[NDArray[np.float32]]:
    """For every label (pairs, layers, width): states of its own plain prompts less the mean over the other labels.

    Needs no instruction that the model would have to follow, only the labels of the direction split (choice A3).
    """
    split = task.splits["direction"]
    rows = [pair.row for own in pairs for pair in own]
    prompts = [task.prompt(split.texts[row], split.pair(row)) for row in rows]
    states = np.split(lm.read(prompts, read_at(lm)).array, np.cumsum([len(own) for own in pairs])[:-1])
    centroids = np.array([own.mean(axis=0, dtype=np.float64) for own in states])
    others = (centroids.sum(axis=0) - centroids) / (len(centroids) - 1)
    return [own - other.astype(np.float32) for own, other in zip(states, others, strict=True)]


def plain_states(
    lm: "LanguageModel", task: "Task", pairs: list[list[Pair]], layers: tuple[int, ...]
) -> tuple[Floats, Floats]:
    """Mean state (layers, width) and mean norm (layers,) of plain prompts of the same contexts."""
    split = task.splits["direction"]
    rows = [pair.row for own in pairs for pair in own]
    prompts = [task.prompt(split.texts[row], split.pair(row)) for row in rows]
    states = lm.read(prompts, read_at(lm, layers))
    per_layer = [states.layer(layer).astype(np.float64) for layer in layers]
    return (
        np.array([x.mean(axis=0) for x in per_layer]),
        np.array([np.linalg.norm(x, axis=1).mean() for x in per_layer]),
    )
