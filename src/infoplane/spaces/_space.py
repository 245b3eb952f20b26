"""A task space: for every layer and label a direction, its size, and how far it can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.spaces._artefact import read_artefact, write_artefact
from infoplane.spaces._build import Recipe, built_fields, first_doses
from infoplane.spaces._calibrate import DOSES, PROMPTS, calibrated
from infoplane.spaces._contrasts import CONTEXTS, NEGATIVES, Progress
from infoplane.spaces._curve import Curve, dose_coefficient
from infoplane.spaces._labels import Labels, label_index
from infoplane.spaces._manner import Clause, Operation, band, manner
from infoplane.spaces._nulls import other_labels, turned_directions
from infoplane.spaces._plans import check_strength, make_plan
from infoplane.spaces._preflight import Preflight, preflight
from infoplane.spaces._summary import summary

if TYPE_CHECKING:
    from infoplane.models import LanguageModel, Plan
    from infoplane.tasks import Task

Floats = NDArray[np.float64]

_RANK_TOLERANCE = 1e-3
_SHOWN = 5


@dataclass(frozen=True)
class TaskSpace:
    """Directions of `labels` at `layers` of one model; build it, load it, project on it, plan with it.

    `directions` (layers, labels, width): unit vectors. `sizes` (layers, labels): natural length, in activation units.
    `means` (layers, width), `norms` (layers,): of the states of plain prompts. `checks`: for every layer and
    label the sign rate and the agreement, as rows of a ledger. `curves`: what calibrated doses cost. Layer 0 is left
    out: at a shared last token every difference there is zero.
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
    curves: tuple[Curve, ...] = ()

    @classmethod
    def build(
        cls,
        lm: "LanguageModel",
        task: "Task",
        *,
        method: Recipe = "mean",
        contexts: int = CONTEXTS,
        negatives: int = NEGATIVES,
        tokens: Clause = "last",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """The space of `task` on `lm`, from the direction split alone.

        Seven tenths of the pairs make the directions, the rest check them (A7). `method`: `mean` or `pca` of contrast
        prompts, the literal `paper` form with one negative label a context, or `centroid`: plain states of a label's
        texts against those of all others, for a model that does not follow the contrast's instruction. Doses are
        calibrated for a decoder's default band, at the last token and at other `tokens` named. Source: task-space
        paper, eq. 1-4.
        """
        settings: dict[str, Any] = {"method": method, "contexts": contexts, "negatives": negatives, "seed": seed}
        space = cls(**built_fields(lm, task, **settings, progress=progress))
        return replace(space, **first_doses(space, lm, task, tokens, seed))

    def plan(
        self,
        labels: Labels | None,
        *,
        dose: float | None = None,
        coefficient: float | None = None,
        norms: float | None = None,
        layers: Clause | None = None,
        steps: Clause = "all",
        tokens: Clause = "last",
        operation: Operation = "add",
        keep_norm: bool = False,
    ) -> "Plan":
        """What `lm.steer` carries out: the directions of `labels` added to, or taken out of, states of a band.

        labels: one for all rows, one a row, or weights (rows, K); None with erase: the span of all labels.
        dose: nats, see `calibrate`; a curve of all steps serves other steps too that steer the answer's first token
        just so, at the same strength throughout. coefficient: in natural sizes of the directions; norms: in mean norms
        of the layer. The last two are shared alike among the layers. layers: None for the middle third. steps, tokens:
        as in `Select`; by default the last token of the prompt and every generated one.
        operation: add, subtract, erase (what lies along the direction is put at its mean, no strength) or replace
        (erase, then add). The mean is that of the last tokens of plain prompts whatever `tokens` is, so that erasing at
        others moves them there too. keep_norm: states keep their length. Raises InputError for a label, layer or dose
        that the space has not, and unless exactly one strength is given.
        """
        how = manner(self, layers, tokens, operation, keep_norm, steps)
        check_strength(operation, {"dose": dose, "coefficient": coefficient, "norms": norms})
        if dose is not None:
            coefficient = dose_coefficient(self, how, dose)
        return make_plan(self, labels, how, coefficient=coefficient, norms=norms)

    def calibrate(
        self,
        lm: "LanguageModel",
        task: "Task",
        *,
        doses: Sequence[float] = DOSES,
        layers: Clause | None = None,
        steps: Clause = "all",
        tokens: Clause = "last",
        operation: Operation = "add",
        keep_norm: bool = False,
        prompts: int = PROMPTS,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """The space with the coefficient of every dose, in nats, for plans of this band, tokens and operation.

        A dose is the mean KL(steered || plain) of the next token where the first token of a label is predicted, over
        `prompts` prompts of the tune split, each told a label drawn at random, all labels equally often; with later
        `steps` named, where these emit their tokens in the plain answer. Doses that cannot be reached are listed in
        the curve; InputError where none can, and for an encoder.
        """
        how = manner(self, layers, tokens, operation, keep_norm, steps)
        curve = calibrated(self, lm, task, how, doses=doses, prompts=prompts, seed=seed, progress=progress)
        return replace(self, curves=(*(old for old in self.curves if old.how != how), curve))

    def __repr__(self) -> str:
        about = f"model={self.about['model']} task={self.about['task']} width={self.directions.shape[2]}"
        doses = "; ".join(
            f"{curve.how}: {', '.join(f'{one.target:g}' for one in curve.doses)}" for curve in self.curves
        )
        names = ", ".join(self.labels[:_SHOWN]) + (", ..." if len(self.labels) > _SHOWN else "")
        return (
            f"TaskSpace({about} layers={self.layers[0]}-{self.layers[-1]}, "
            f"{len(self.labels)} labels: {names}, doses in nats: {doses or 'none'})"
        )

    def band(self, layers: Clause | None = None) -> tuple[int, ...]:
        """The layers meant by `layers`, None for the middle third; InputError for one that the space has not."""
        return band(self, layers)

    def random(self, seed: int = 0) -> Self:
        """A null: the same configuration, sizes, ranks and cosines, turned at random; to be calibrated anew."""
        about = self.about | {"null": f"random directions, seed {seed}"}
        return replace(self, directions=turned_directions(self.directions, seed), checks=(), about=about, curves=())

    def swapped(self, seed: int = 0) -> Self:
        """A null: every label with the directions of another one, in a random cycle; doses stay what they are."""
        others = other_labels(self, seed)
        about = self.about | {"null": f"directions of other labels, seed {seed}"}
        directions, sizes = self.directions[:, others], self.sizes[:, others]
        return replace(self, directions=directions, sizes=sizes, checks=(), about=about)

    def preflight(self, labels: str | Sequence[str] | None = None, layers: Clause | None = None) -> Preflight:
        """How far the directions of `labels` (None: all) in a band can be trusted, before anything is steered."""
        named = [labels] if isinstance(labels, str) else self.labels if labels is None else labels
        return preflight(self, tuple(self.labels[label_index(self.labels, name)] for name in named), band(self, layers))

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
        """Raise InputError unless the space was built on `lm` or its parent, and on the splits of `task`.

        Other splits could hold the space's own contexts among the examples that are measured. A model that was trained
        from the space's, with as many layers of the same width, may use it; numbers then carry `parent_space`.
        """
        shape = (self.layers[-1:], self.directions.shape[2]) == ((lm.layers,), lm.width)
        if self.fingerprint != lm.fingerprint and not (shape and lm.descends_from(self.fingerprint)):
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
            "curves": [curve.as_dict() for curve in self.curves],
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
            curves=about["curves"],
            **arrays,
        )

    def summary(self, layer: int) -> dict[str, Any]:
        """What a report draws: similarity maps and three principal coordinates of the labels at `layer`."""
        return summary(self, layer)
