"""Numbers over the seeds of a configuration, and between two methods trained with the same seeds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.methods._significance import paired_difference, wilcoxon

Bools = NDArray[np.bool_]
Groups = NDArray[np.int64]

_CONFIDENCE = 0.95
_FEW = 6  # 2^(1 - 5) > 0.05


def median_over_seeds(runs: Sequence[Estimate], what: str) -> Estimate:
    """The median of `runs`, one a seed; `what` is said with it.

    Its interval goes from one order statistic to the one as far from the other end, exact for any distribution; where
    not even the lowest and the highest cover the median with 95 %, as for fewer than six seeds, these are given with
    the confidence they have (five: 93.75 %). No interval for one seed.
    """
    values = np.sort([float(run) for run in runs])
    flags = tuple(dict.fromkeys(flag for run in runs for flag in run.flags))
    name = f"median over {len(values)} seed{'s' if len(values) > 1 else ''}, {what}"
    found = Estimate(value=float(np.median(values)), units=runs[0].units, n=len(values), estimator=name, flags=flags)
    if len(values) == 1:
        return found
    below, confidence = _order_statistic(len(values))
    return replace(found, low=float(values[below]), high=float(values[-1 - below]), confidence=confidence)


def seed_difference(ones: Sequence[Estimate], others: Sequence[Estimate], *, seed: int = 0) -> Estimate:
    """Mean of the differences `ones` minus `others` of the same seeds; p by Wilcoxon's signed ranks.

    The interval is a bootstrap over seeds, widened for few of them as Student's t is; none for one seed; `few_seeds`
    below six. It tells of training again on the same examples, `item_difference` of new examples for these networks.
    """
    differences = np.array([float(one) - float(other) for one, other in zip(ones, others, strict=True)])
    name = f"paired by {len(differences)} seed{'s' if len(differences) > 1 else ''}, Wilcoxon exact"
    flags = ("few_seeds",) if len(differences) < _FEW else ()
    about: dict[str, Any] = {"p_value": wilcoxon(differences), "estimator": name, "flags": flags}
    if len(differences) == 1:
        return Estimate(value=float(differences[0]), units=ones[0].units, n=1, **about)
    return replace(bootstrap_mean(differences, units=ones[0].units, seed=seed), **about)


def item_difference(ones: Sequence[Bools], others: Sequence[Bools], groups: Groups, *, seed: int = 0) -> Estimate:
    """Accuracy of the networks `ones` minus `others`: hits (n,) of every seed on the same items of `groups` (n,).

    Items are drawn, and signs are tossed, for a whole group with all its seeds at once.
    """
    first, second = np.concatenate(ones), np.concatenate(others)
    found = paired_difference(first, second, np.tile(groups, len(ones)), seed=seed)
    return replace(found, n=len(groups), estimator=f"paired by item over {len(ones)} seeds, McNemar exact")


def _order_statistic(n: int) -> tuple[int, float]:
    """How many values lie outside the interval at either end, and the chance that it covers the median."""
    covers = [1 - 2 * float(binom.cdf(below, n, 0.5)) for below in range((n + 1) // 2)]
    below = max((at for at, chance in enumerate(covers) if chance >= _CONFIDENCE), default=0)
    return below, covers[below]
