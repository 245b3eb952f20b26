"""What the past of one series says about the next value of another, beyond that value's own past."""

from typing import Any

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Ints, as_groups, same_length
from infoplane.estimators._containers import as_array
from infoplane.estimators._estimate import Estimate


def transfer_entropy(source: Any, target: Any, *, history: int = 1, series: Any = None, **options: Any) -> Estimate:
    """T(source -> target) = I(X_{t-p..t-1}; Y_t | Y_{t-p..t-1}) in nats, p = `history` (Schreiber 2000).

    `source` (n,) or (n, d) and `target` (n,) or (n, e) hold one time a row; `series` (n,) numbers the recordings, whose
    rows stand together and in order of time: no window reaches from one into the next. For Gaussian autoregressions it
    is half the Granger causality, 1/2 log of the two residual variances. `options` are those of
    `conditional_mutual_information`. Neighbouring windows are not independent: intervals and folds take blocks of about
    n^(1/3) windows as groups. A history shorter than the memory of the
    series lets it speak of its own past through the other, and its p-value with it.
    Raises InputError for unequal lengths, histories that leave no window, and what the estimator refuses.
    """
    from infoplane.estimators._information import conditional_mutual_information

    if "groups" in options:
        came = "groups for a transfer entropy"
        raise InputError(one_line(came, "series, from which blocks of time are made", "give series instead"))
    x, y = as_array(source, "source"), as_array(target, "target")
    same_length(len(x), target=y, series=series)
    past, now, blocks = _windows(as_groups(series, len(x)) if series is not None else np.zeros(len(x)), history)
    return conditional_mutual_information(
        x[past].reshape(len(now), -1), y[now], y[past].reshape(len(now), -1), groups=blocks, **options
    )


def _windows(series: Any, history: int) -> tuple[Ints, Ints, Ints]:
    """Row numbers of the past (m, p), latest first, and of the present (m,); the block of each window (m,)."""
    if not isinstance(history, int | np.integer) or history < 1:
        raise InputError(one_line(f"history {history}", "a whole number of at least 1", "use for example 1"))
    run = np.concatenate([[0], np.cumsum(series[1:] != series[:-1])]).astype(np.int64)
    now = np.arange(history, len(run))
    now = now[run[now] == run[now - history]]
    if len(now) < 2:
        came = f"{len(run)} rows in {run[-1] + 1} series with history {history}"
        raise InputError(one_line(came, "at least two windows", "use longer series or a shorter history"))
    length = max(history + 1, round(len(now) ** (1 / 3)))
    first = np.concatenate([[True], run[now[1:]] != run[now[:-1]]])
    place = np.arange(len(now)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    blocks = np.cumsum(place % length == 0) - 1
    return now[:, None] - np.arange(1, history + 1), now, blocks
