"""Log-linear pooling of several rules with weights that cannot be negative."""

import numpy as np
from scipy import optimize

from infoplane.estimators._arrays import Floats, Ints

# What weight 1 of a rule must gain in total log-score: chance gains half a nat a weight.
_PRICE = 2.0
_LARGEST = 5.0
# Below this share of the largest a weight is rounding of the search.
_ROUNDING = 1e-3


def pool_weights(features: Floats, offset: Floats, labels: Ints) -> Floats:
    """The w >= 0 (f,) that maximise the mean log-probability of `labels` (n,) under softmax(offset + w . features).

    `features` (f, n, K), `offset` (n, K), both unseen by what made the features. The loss is convex; each weight costs
    2 w / n (an exponential prior), so that a rule which adds nothing gets exactly 0.
    """
    at = np.arange(len(labels)), labels
    margins = features - features[:, *at][..., None]
    start = offset - offset[at][:, None]
    cost = _PRICE / len(labels)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logits = start + np.tensordot(weights, margins, axes=1)
        top = logits.max(axis=1, keepdims=True)
        chance = np.exp(logits - top)
        total = chance.sum(axis=1, keepdims=True)
        value = float((np.log(total) + top).mean())
        gradient = np.tensordot(margins, chance / total, axes=2) / len(labels)
        return value + cost * float(weights.sum()), gradient + cost

    first = np.full(len(features), 1 / len(features))
    found = optimize.minimize(loss, first, jac=True, method="L-BFGS-B", bounds=[(0.0, _LARGEST)] * len(features)).x
    return np.where(found > _ROUNDING * found.max(), found, 0.0)
