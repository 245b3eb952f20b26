"""From what is read of single tokens to what is read of the whole text."""

from collections.abc import Sequence

from infoplane._errors import InputError, one_line
from infoplane.estimators._estimate import Estimate

_BOUNDS = ("lower_bound", "certificate")


def text_information(tokens: Sequence[Estimate], total_correlation: float | None = None) -> Estimate:
    """Lower bound of I(X;E) in nats a text from bounds of I(T_i;E) at its m places i, X = (T_1, ..., T_m).

    By the chain rule I(X;E) = sum_i I(T_i;E|T_<i) is at least the largest I(T_i;E). It is also at least
    sum_i I(T_i;E) - TC(X), TC(X) = sum_i H(T_i) - H(X): `total_correlation` in nats, exact or from above, 0 for
    independent tokens. The one with the larger `low` is given. Since the place is chosen by `low` and all must hold at
    once, m places of confidence c leave 1 - m (1 - c): ask for 1 - 0.05 / m at each place for 95 %.

    Raises InputError for no tokens, for anything but lower bounds in nats with an interval, and for so many places that
    no confidence is left.
    """
    confidence, lows = _joint_confidence(tokens), [_low(one) for one in tokens]
    best = tokens[lows.index(max(lows))]
    value, low, rule = best.value, max(lows), "largest"
    if total_correlation is not None and sum(lows) - total_correlation > low:
        value, low = (sum(ends) - total_correlation for ends in ([one.value for one in tokens], lows))
        rule = "sum_less_total_correlation"
    return Estimate(
        value=value,
        low=low,
        confidence=confidence,
        kind="lower_bound",
        n=min(one.n for one in tokens),
        estimator=f"{rule}(places={len(tokens)})",
        flags=("no_null", *(("vacuous",) if value <= 0 else ())),
    )


def _joint_confidence(tokens: Sequence[Estimate]) -> float:
    """That all intervals hold at once, by Bonferroni."""
    left = 1 - sum(1 - one.confidence for one in tokens)
    if not tokens or left <= 0:
        came = f"{len(tokens)} places whose intervals hold together at confidence {max(left, 0.0):.2g}"
        raise InputError(one_line(came, "more than 0", "ask for confidence 1 - 0.05 / places at each place"))
    return left


def _low(token: Estimate) -> float:
    if token.low is None or token.kind not in _BOUNDS or token.units != "nats":
        came = f"{token.kind} in {token.units} with low {token.low}"
        raise InputError(one_line(came, "a lower bound in nats with an interval", "give those of recovery_bounds"))
    return token.low
