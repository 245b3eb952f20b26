"""Plans made from a task space: which vectors are added to, or taken out of, the states of a band of layers.

A band is steered as one: its strength is shared alike among its layers, as what is added accumulates along the
residual stream (choice A18). A strength is a dose in nats, a coefficient in natural sizes of the directions, or a
multiple of the layers' mean norm (A20).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.models import Add, Edit, Erase, Plan
from infoplane.spaces._labels import Labels, label_weights
from infoplane.spaces._manner import Manner, Operation

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

Floats = NDArray[np.float64]


def make_plan(
    space: "TaskSpace",
    labels: Labels | None,
    how: Manner,
    *,
    coefficient: float | None = None,
    norms: float | None = None,
) -> Plan:
    """The plan that `TaskSpace.plan` describes, its dose already a coefficient."""
    weights = None if labels is None else label_weights(space.labels, labels)
    changes: list[Add | Erase] = []
    if how.operation in ("erase", "replace"):
        changes.append(_erased(space, weights, how.layers))
    if how.operation != "erase":
        if weights is None:
            raise InputError(one_line(f"{how.operation} without labels", "what to steer towards", "name labels"))
        strength = band_strength(space, how.layers, coefficient=coefficient, norms=norms)
        changes.append(_added(space, weights, how.layers, -strength if how.operation == "subtract" else strength))
    return Plan((Edit(how.select(), tuple(changes), how.keep_norm),), space.fingerprint)


def check_strength(operation: Operation, strengths: dict[str, float | None]) -> None:
    """Raise InputError unless exactly one finite strength is given, or none for erasing, which has none."""
    given = {name: value for name, value in strengths.items() if value is not None}
    if operation == "erase" and given:
        raise InputError(one_line(f"erase with {', '.join(given)}", "no strength", "leave it out, erasing is complete"))
    if operation != "erase" and len(given) != 1:
        came = " and ".join(f"{name}={value}" for name, value in given.items()) or "no strength"
        raise InputError(one_line(came, f"exactly one of {', '.join(strengths)}", "choose for example dose=0.3"))
    for name, value in given.items():
        if not np.isfinite(value):
            raise InputError(one_line(f"{name}={value}", "a finite number", "choose for example dose=0.3"))


def band_strength(
    space: "TaskSpace", layers: tuple[int, ...], *, coefficient: float | None = None, norms: float | None = None
) -> Floats:
    """What unit directions are multiplied by, (layers, labels): the strength shared alike among `layers`."""
    at = [space.at(layer) for layer in layers]
    if coefficient is not None:
        return coefficient / len(at) * space.sizes[at]
    share = np.repeat(space.norms[at][:, None], len(space.labels), axis=1)
    return (0.0 if norms is None else norms) / len(at) * share


def unit_directions(space: "TaskSpace", layers: tuple[int, ...], labels: NDArray[np.int64]) -> Floats:
    """Directions (layers, labels, width); InputError for one that is zero and so points nowhere."""
    chosen: Floats = space.directions[[space.at(layer) for layer in layers]][:, labels]
    nowhere = np.argwhere(~(np.linalg.norm(chosen, axis=2) > 0))
    if len(nowhere):
        layer, label = layers[nowhere[0][0]], space.labels[labels[nowhere[0][1]]]
        came = f"direction of {label!r} at layer {layer}, which is zero"
        raise InputError(one_line(came, "a direction", "choose other layers, or build the space with more contexts"))
    return chosen


def _added(space: "TaskSpace", weights: Floats, layers: tuple[int, ...], strength: Floats) -> Add:
    """Sums of the labels' vectors; labels that no row uses are left out."""
    used = _used(weights)
    vectors = unit_directions(space, layers, used) * strength[:, used, None]
    return Add(vectors.swapaxes(0, 1).astype(np.float32), weights[:, used].astype(np.float32))


def _erased(space: "TaskSpace", weights: Floats | None, layers: tuple[int, ...]) -> Erase:
    """What lies along each row's mix of vectors, or in the span of all labels, put at its mean."""
    centre = space.means[[space.at(layer) for layer in layers]].astype(np.float32)
    if weights is None:
        return Erase(_span(space, layers)[None].astype(np.float32), centre=centre)
    mixes, which = np.unique(weights, axis=0, return_inverse=True)
    used = _used(weights)
    vectors = unit_directions(space, layers, used) * band_strength(space, layers, coefficient=1.0)[:, used, None]
    mixed = np.einsum("uk,lkd->uld", mixes[:, used], vectors)
    lengths = np.linalg.norm(mixed, axis=2, keepdims=True)
    units = np.divide(mixed, lengths, out=np.zeros_like(mixed), where=lengths > 0)
    return Erase(units[..., None].astype(np.float32), which.reshape(-1), centre)


def _used(weights: Floats) -> NDArray[np.int64]:
    """Columns that some row uses; the first where none does, so that there is a vector to weigh with zero."""
    used = np.flatnonzero(weights.any(axis=0))
    return used if len(used) else np.zeros(1, np.int64)


def _span(space: "TaskSpace", layers: tuple[int, ...]) -> Floats:
    """Orthonormal columns of all labels' span at `layers`, (layers, width, rank), zeros where a layer has fewer."""
    bases = [space.basis(layer) for layer in layers]
    spans = np.zeros((len(layers), bases[0].shape[0], max(basis.shape[1] for basis in bases)))
    for span, basis in zip(spans, bases, strict=True):
        span[:, : basis.shape[1]] = basis
    return spans
