"""The methods that were compared: their numbers, their paired differences, and who is ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

ORACLE, VOTE, PROMPT, ICL = "oracle", "knn-vote", "prompt", "icl"
NAMES = {
    "prompt": "the prompt",
    "icl": "ICL",
    "ic-icl": "IC-ICL",
    "knn-vote": "the vote of the retriever alone",
    "knn-vote-tuned": "the tuned vote of the retriever alone",
    "random": "random directions",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`leader`: the method most often right without knowing the label; `rivals`: those it is not clearly ahead of."""

    leader: Point
    rivals: tuple[Point, ...]


def name_of(point: Point) -> str:
    """The method of a row as its command spells it."""
    return str(point.row.get("method") or "unnamed")


def knows_the_label(method: str) -> bool:
    """Whether the method was given the gold label, so that its number is a ceiling and no result."""
    return method.startswith(ORACLE)


def asks_no_model(method: str) -> bool:
    """Whether the method is a vote of the retrieved examples, in which the model has no part."""
    return method.startswith(VOTE)


def accuracies(run: RunData) -> list[Point]:
    """The accuracy of every method, best first and oracles last; of a method with several rows, the last."""
    last = {name_of(point): point for point in run.find("compare", "accuracy") if point.value is not None}
    return sorted(last.values(), key=lambda point: (knows_the_label(name_of(point)), -(point.value or 0.0)))


def number_of(run: RunData, method: str, quantity: str) -> Point | None:
    """The last number of a quantity of `method`, or None."""
    return next(iter(run.find("compare", quantity, method=method)[::-1]), None)


def difference(run: RunData, method: str, other: str) -> Point | None:
    """The paired difference `method` minus `other` in points, whichever way round it was written, or None."""
    there = run.find("compare", "accuracy_difference", method=method, role=other)
    back = run.find("compare", "accuracy_difference", method=other, role=method)
    found = there[-1] if there else _reversed(back[-1]) if back else None
    return found if found is None or found.unit != "%" else replace(found, unit="points")


def _reversed(point: Point) -> Point:
    """The same difference the other way round."""
    row = point.row
    ends = {"value": row.get("value"), "low": row.get("high"), "high": row.get("low")}
    turned = {name: None if end is None else -end for name, end in ends.items()}
    return replace(point, row={**row, **turned, "method": row.get("role"), "role": row.get("method")})


def about(run: RunData, method: str) -> Mapping[str, Any]:
    """What the run's table says of a method, such as what it does and what it chose; empty where it says nothing."""
    found = (entry for entry in run.compared.get("methods") or [] if entry.get("method") == method)
    return next(found, {})


def references(run: RunData) -> list[str]:
    """The methods a reader compares others with: the prompt, the examples in it, and the better of the votes."""
    rows = [point.row for point in run.find("compare", "accuracy_difference")]
    paired = {str(row.get(side)) for row in rows for side in ("method", "role")}
    found = [name for name in (PROMPT, ICL, best_vote(run)) if name in paired]
    return found or sorted({str(row.get("role")) for row in rows})


def best_vote(run: RunData) -> str | None:
    """The vote that is right most often, or None without any."""
    return next((name for point in accuracies(run) if asks_no_model(name := name_of(point))), None)


def standing(run: RunData) -> Standing | None:
    """Who is ahead among the methods that do not know the label, and of whom; None with fewer than two."""
    fair = [point for point in accuracies(run) if not knows_the_label(name_of(point))]
    if len(fair) < 2:
        return None
    leader, *others = fair
    return Standing(leader, tuple(point for point in others if not _clearly_behind(run, leader, point)))


def _clearly_behind(run: RunData, leader: Point, other: Point) -> bool:
    """By the paired difference, or where none was written by intervals that do not meet."""
    paired = difference(run, name_of(leader), name_of(other))
    if paired is not None:
        return paired.clearly > 0
    return leader.low is not None and other.high is not None and leader.low > other.high


def listed(methods: Sequence[str]) -> str:
    """Names in a sentence."""
    return " and ".join([*([", ".join(methods[:-1])] if methods[:-1] else []), *methods[-1:]])
