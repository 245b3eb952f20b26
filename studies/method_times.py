"""Time of one method over that of another, turn by turn on the same items."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.methods._answering import COSTS, TURN
from infoplane.runs import Run


def times_row(run: Run, method: str, base: str) -> dict[str, Any]:
    """`relative_seconds` of `method` over `base` in a finished comparison, as the row of a ledger.

    Geometric mean over turns of a few items, retrieval, prompt and answer counted; a bootstrap of turns.
    """
    ratios = np.log(_by_turn(run, method) / _by_turn(run, base))
    found = Estimate(
        value=float(np.exp(ratios.mean())), units="score", n=len(ratios), estimator="geometric mean of paired ratios"
    )
    if len(ratios) > 1:
        mean = bootstrap_mean(ratios, units="score", seed=int(run.config["seed"]))
        low, high = (float(np.exp(bound or 0.0)) for bound in (mean.low, mean.high))
        found = Estimate.from_dict(found.as_dict() | {"low": low, "high": high})
    where = {"measure": "compare", "quantity": "relative_seconds", "method": method, "role": base}
    common = {name: run.config[name] for name in ("model", "task", "split", "seed")}
    return {**common, **where, **found.as_dict()}


def _by_turn(run: Run, method: str) -> NDArray[np.float64]:
    costs = run.states.load(f"{method}.answers")
    seconds = costs[:, [name.endswith("_seconds") for name in COSTS]].sum(axis=1)
    return np.asarray(np.bincount(np.arange(len(costs)) // TURN, weights=seconds))
