"""A task space: for every layer and label a direction, its size, and how far it can be trusted."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.spaces._artefact import read_artefact, write_artefact
from infoplane.spaces._contrasts import (
    CONTEXTS,
    NEGATIVES,
    Progress,
    choose_pairs,
    contrast_differences,
    plain_states,
    read_at,
)
from infoplane.spaces._directions import METHODS, Method
from infoplane.spaces._fit import check_rows, fit_direction

if TYPE_CHECKING:
    from infoplane.models import LanguageModel
    from infoplane.tasks import Task

Floats = NDArray[np.float64]

_RANK_TOLERANCE = 1e-3


@dataclass(frozen=True)
class TaskSpace:
    """Directions of `labels` at `layers` of one model; build it, load it, project on it.

    `directions` (layers, labels, width): unit vectors. `sizes` (layers, labels): natural length, in activation units.
    `means` (layers, width), `norms` (layers,): of the states of plain prompts. `checks`: for every layer and
    label the sign rate and the agreement, as rows of a ledger. Layer 0 is left out: at a shared last token every
    difference there is zero.
    """

    labels: tuple[str, ...]
    layers: tuple[int, ...]
    directions: Floats
    sizes: Floats
    means: Floats
    norms: Floats
    checks: tuple[dict[str, Any], ...]
    fingerprint: str
    about: dict[str, Any]

    @classmethod
    def build(
        cls,
        lm: "LanguageModel",
        task: "Task",
        *,
        method: Method = "mean",
        contexts: int = CONTEXTS,
        negatives: int = NEGATIVES,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """The space of `task` on `lm`, from contrast prompts on the direction split alone.

        Seven tenths of the pairs make the directions, the rest check them (A7). `method`: `mean`, `pca` or the
        literal `paper` form with one negative label a context. Source: task-space paper, eq. 1-4.
        """
        if method not in METHODS:
            raise InputError(one_line(f"method {method!r}", f"one of {', '.join(METHODS)}", "use one of these"))
        negatives = 1 if method == "paper" else negatives
        pairs = choose_pairs(
            task.splits["direction"], len(task.labels), contexts=contexts, negatives=negatives, seed=seed
        )
        differences = contrast_differences(lm, task, pairs, progress)
        layers = tuple(range(1, lm.layers + 1))
        fits = [[fit_direction(deltas[:, layer], method, seed) for deltas in differences] for layer in layers]
        means, norms = plain_states(lm, task, pairs, layers)
        return cls(
            labels=tuple(task.labels),
            layers=layers,
            directions=np.array([[fit.unit for fit in row] for row in fits]),
            sizes=np.array([[fit.size for fit in row] for row in fits]),
            means=means,
            norms=norms,
            checks=check_rows(fits, layers, task.labels),
            fingerprint=lm.fingerprint,
            about={
                "model": lm.name,
                "task": task.name,
                "task_fingerprint": task.fingerprint,
                "method": method,
                "contexts": contexts,
                "negatives": negatives,
                "seed": seed,
                "state": str(read_at(lm)),
                "layer_numbering": "l = residual stream after block l, before the final norm",
            },
        )

    def at(self, layer: int) -> int:
        """Position of `layer` in the arrays; InputError names the layers the space has."""
        if layer not in self.layers:
            have = f"{self.layers[0]} to {self.layers[-1]}" if self.layers else "none"
            raise InputError(one_line(f"layer {layer} of a task space", f"layers {have}", "choose one of them"))
        return self.layers.index(layer)

    def vectors(self, layer: int) -> Floats:
        """The directions at their natural size, (labels, width)."""
        at = self.at(layer)
        vectors: Floats = self.directions[at] * self.sizes[at][:, None]
        return vectors

    def basis(self, layer: int, labels: NDArray[np.int64] | None = None) -> Floats:
        """Orthonormal columns (width, rank) of the span of all directions, or of those of `labels` (choice A9)."""
        rows = self.directions[self.at(layer)]
        chosen = rows if labels is None else rows[labels]
        _, scale, axes = np.linalg.svd(chosen, full_matrices=False)
        kept: Floats = axes[scale > _RANK_TOLERANCE * scale[0]].T
        return kept

    def project(self, layer: int, states: NDArray[Any], labels: NDArray[np.int64] | None = None) -> Floats:
        """Coordinates z = Q'(h - mu) of `states` (n, width) in the span: (n, rank). Knows no sample's label."""
        z: Floats = (np.asarray(states, np.float64) - self.means[self.at(layer)]) @ self.basis(layer, labels)
        return z

    def neighbours(self, layer: int, label: int, count: int) -> NDArray[np.int64]:
        """The `count` labels nearest to `label` by cosine of their directions, itself first (eq. 7)."""
        cosines = self.similarity(layer, centred=False)[label]
        cosines[label] = np.inf
        nearest: NDArray[np.int64] = np.argsort(-cosines, kind="stable")[:count]
        return nearest

    def similarity(self, layer: int, *, centred: bool = True) -> Floats:
        """Cosines between the labels' vectors (labels, labels); `centred` first removes their grand mean (A17)."""
        rows = self.vectors(layer)
        rows = rows - rows.mean(axis=0) if centred else rows
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(float).tiny)
        cosines: Floats = unit @ unit.T
        return cosines

    def check(self, lm: "LanguageModel", task: "Task | None" = None) -> None:
        """Raise InputError unless the space was built on `lm`, and on the splits of `task`.

        Other splits could hold the space's own contexts among the examples that are measured.
        """
        if self.fingerprint != lm.fingerprint:
            came = f"task space of model {self.about['model']} ({self.fingerprint[:12]})"
            raise InputError(
                one_line(came, f"one of {lm.name} ({lm.fingerprint[:12]})", "build it with infoplane space build")
            )
        if task is not None and self.about["task_fingerprint"] != task.fingerprint:
            came = f"task space of task {self.about['task']} ({self.about['task_fingerprint'][:12]})"
            do = "build it with the options and the seed of this task"
            raise InputError(one_line(came, f"one of {task.name} ({task.fingerprint[:12]})", do))

    def save(self, folder: str | Path) -> Path:
        """Write `space.safetensors` and `space.json` into `folder`, each whole or not at all."""
        arrays = {name: getattr(self, name) for name in ("directions", "sizes", "means", "norms")}
        about = {
            "labels": list(self.labels),
            "layers": list(self.layers),
            "fingerprint": self.fingerprint,
            "about": self.about,
            "checks": list(self.checks),
        }
        return write_artefact(Path(folder), arrays, about)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The space saved in `folder`; InputError where a file is missing, torn or of other shapes."""
        arrays, about = read_artefact(Path(folder))
        return cls(
            labels=tuple(about["labels"]),
            layers=tuple(about["layers"]),
            checks=tuple(about["checks"]),
            fingerprint=about["fingerprint"],
            about=about["about"],
            **arrays,
        )

    def summary(self, layer: int) -> dict[str, Any]:
        """What a report draws: similarity maps and three principal coordinates of the labels at `layer`."""
        rows = self.vectors(layer)
        centred = rows - rows.mean(axis=0)
        left, scale, _ = np.linalg.svd(centred, full_matrices=False)
        coordinates = np.zeros((len(rows), 3))
        kept = min(3, len(scale))
        coordinates[:, :kept] = (left * scale)[:, :kept]
        return {
            "labels": list(self.labels),
            "layers": list(self.layers),
            "layer": layer,
            "similarity": self.similarity(layer).tolist(),
            "similarity_raw": self.similarity(layer, centred=False).tolist(),
            "coordinates": coordinates.tolist(),
            "explained": (scale[:3] ** 2 / max(float((scale**2).sum()), np.finfo(float).tiny)).tolist(),
            "about": self.about,
        }
