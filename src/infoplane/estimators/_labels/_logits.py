"""Log-linear pooling: the weights of fitted scores, chosen on samples the scores have not seen."""

import numpy as np

from infoplane.estimators._arrays import Floats, Ints

_STEPS = 40
# Nats that the next step could still gain.
_TOLERANCE = 1e-8
_LARGEST = 5.0


def pooling_weights(features: Floats, offset: Floats, labels: Ints) -> Floats:
    """The w that maximise the mean log-probability of `labels` (P, n) under softmax(offset + w . features).

    `features` (m, P, n, K), `offset` (P, n, K). Returns (m, P), m = 1 or 2: a single weight in [0, 5]; of
    two the first in [0, 5], the second in [-5, 5]. Where the first does not help it is 0 and the second fitted alone.
    """
    margins = features - at_labels(features, labels)[..., None]
    offset = offset - at_labels(offset, labels)[..., None]
    if len(features) == 1:
        return _newton(margins, offset, lowest=0.0)
    weights = _newton(margins, offset, lowest=-_LARGEST)
    harmful = weights[0] <= 0
    weights[0, harmful] = 0
    weights[1:, harmful] = _newton(margins[1:, harmful], offset[harmful], lowest=0.0)
    return weights


def log_probabilities(features: Floats, offset: Floats, weights: Floats) -> Floats:
    """The log of softmax(offset + w . features), (P, n, K), with `weights` (m, P)."""
    logits = _logits(features, offset, weights)
    logits -= logits.max(axis=2, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=2, keepdims=True)))


def at_labels(values: Floats, labels: Ints) -> Floats:
    """The entry of `values` (..., P, n, K) at `labels` (P, n)."""
    index = np.broadcast_to(labels[..., None], (*values.shape[:-1], 1))
    return np.take_along_axis(values, index, axis=-1)[..., 0]


def _newton(margins: Floats, offset: Floats, lowest: float) -> Floats:
    """Minimise mean log sum exp(offset + w . margins), margins 0 at the true class, in a box; returns w (m, P).

    Newton steps on a convex loss, cut at the box along their direction and halved where they do not help. Two weights
    start at (0, 1), so that adding scores to a table is never worse on these samples than the table as it is.
    """
    weights = np.ones(margins.shape[:2])
    weights[:-1] = 0
    trial, step, gradient = weights, np.zeros_like(weights), np.zeros_like(weights)
    best = np.full(len(offset), np.inf)
    done = np.zeros(len(offset), dtype=bool)
    for _ in range(_STEPS):
        loss, new_gradient, newton_step = _derivatives(margins, offset, trial)
        better = loss <= best
        weights, best = np.where(better, trial, weights), np.where(better, loss, best)
        gradient = np.where(better, new_gradient, gradient)
        step = _cut(weights, np.where(better, newton_step, step / 2), lowest)
        done |= (gradient * step).sum(axis=0) < _TOLERANCE
        if done.all():
            break
        step[:, done] = 0  # one problem at a time, so that its neighbours in the batch do not matter
        trial = weights - step
    return weights


def _cut(weights: Floats, step: Floats, lowest: float) -> Floats:
    """`step` shortened so that `weights` - step stays in the box."""
    room = np.where(step > 0, weights - lowest, _LARGEST - weights)
    length = np.abs(step)
    share = np.divide(room, length, out=np.ones_like(step), where=length > room)
    return np.asarray(step * share.min(axis=0))


def _derivatives(margins: Floats, offset: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss (P,), its gradient and the Newton step (m, P) at `weights` (m, P)."""
    chance = _logits(margins, offset, weights)
    top = chance.max(axis=2, keepdims=True)
    np.exp(np.subtract(chance, top, out=chance), out=chance)
    total = chance.sum(axis=2, keepdims=True)
    loss = np.asarray((np.log(total) + top).mean(axis=2).mean(axis=1))
    chance /= total
    expected = np.einsum("pnk,mpnk->mpn", chance, margins)
    second = np.stack([np.einsum("pnk,pnk,mpnk->pm", chance, one, margins) for one in margins], axis=1)
    curvature = (second - np.einsum("apn,bpn->pab", expected, expected)) / chance.shape[1]
    ridge = 1e-9 * np.trace(curvature, axis1=1, axis2=2) + 1e-12
    gradient = expected.mean(axis=2)
    step = np.linalg.solve(curvature + ridge[:, None, None] * np.eye(len(margins)), gradient.T[:, :, None])
    return loss, gradient, step[:, :, 0].T


def _logits(features: Floats, offset: Floats, weights: Floats) -> Floats:
    return np.asarray(np.einsum("mp,mpnk->pnk", weights, features) + offset)
