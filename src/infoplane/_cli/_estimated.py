"""How `estimate` says what it found: one document, or a table that a person reads from top to bottom."""

import math

from rich.console import RenderableType
from rich.text import Text

from infoplane._cli._output import Result
from infoplane._cli._sides import Side, Sides
from infoplane._cli._tables import flag_table, flags_of, plain_table
from infoplane.estimators import Estimate

_KINDS = {
    "estimate": "estimate",
    "lower_bound": "lower bound: on average the information is at least this",
    "upper_bound": "upper bound: on average the information is at most this",
    "certificate": "certificate",
}
_FEW_NAMES = 4


def estimated(source: str, measured: Sides, estimate: Estimate, as_json: bool) -> Result:
    """The estimate with what was measured, what was left out and what to think of it."""
    rows = [estimate.as_dict()]
    document = {
        "file": source,
        "quantity": _quantity(measured),
        "sides": {name: {"columns": side.names, "kind": side.kind} for name, side in measured.sides.items()},
        "dropped_rows": measured.dropped,
        "remarks": measured.remarks,
        "estimate": estimate.as_dict(),
        "flags": flags_of(rows),
    }
    shown: list[RenderableType] = [plain_table(_quantity(measured), ("what", "found"), _lines(measured, estimate))]
    shown += [Text(remark) for remark in measured.remarks]
    warnings = flag_table(rows)
    return Result(as_json, document, shown if warnings is None else [*shown, warnings])


def _quantity(measured: Sides) -> str:
    if "y" not in measured.sides:
        return "H(X)"
    return "I(X;Y|given)" if "given" in measured.sides else "I(X;Y)"


def _lines(measured: Sides, estimate: Estimate) -> list[tuple[str, str]]:
    """What is known about the estimate, a line each."""
    unit = estimate.units
    other = estimate.to("bits" if unit == "nats" else "nats")
    lines = [("value", f"{_number(estimate.value)} {unit} ({_number(other.value)} {other.units})")]
    if estimate.low is not None and estimate.high is not None:
        level = f"{100 * estimate.confidence:g} % interval"
        lines.append((level, f"{_number(estimate.low)} to {_number(estimate.high)} {unit}"))
    lines.append(("reads as", _KINDS[estimate.kind]))
    if estimate.null_high is not None:
        null = f"mean {_number(estimate.null_mean)}, 95 % of draws up to {_number(estimate.null_high)} {unit}"
        lines.append(("without relation", f"{null}; p = {estimate.p_value:.3g}"))
    if estimate.ceiling:
        share = f"; the value is {100 * estimate.value / estimate.ceiling:.0f} % of it" if estimate.value > 0 else ""
        lines.append(("ceiling", f"{_number(estimate.ceiling)} {unit}{share}"))
    lines.append(("estimator", estimate.estimator))
    lines += [(name, _named(side)) for name, side in measured.sides.items()]
    left = f", {measured.dropped:,} left out for missing values" if measured.dropped else ""
    return [*lines, ("rows", f"{measured.rows:,}{left}")]


def _named(side: Side) -> str:
    names = side.names if len(side.names) <= _FEW_NAMES else (*side.names[:2], "...", side.names[-1])
    count = f"{len(side.names)} columns" if len(side.names) > 1 else "column"
    return f"{side.kind}, {count} {', '.join(names)}"


def _number(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{round(value, 4) + 0.0:.4f}"
