"""Who is ahead among the methods, in words that do not flatter."""

from collections.abc import Sequence

from infoplane.report._methods import (
    ICL,
    NAMES,
    PROMPT,
    Standing,
    accuracies,
    asks_no_model,
    best_vote,
    difference,
    knows_the_label,
    listed,
    name_of,
    standing,
)
from infoplane.report._points import Point
from infoplane.report._run_data import RunData
from infoplane.report._words import signed, whole

_MOST = 3
_STEERED = "ic-icl"


def sentences(run: RunData) -> list[str]:
    """Who wins or that nobody does, and where IC-ICL stands; empty without methods that were compared."""
    found = standing(run)
    if found is None:
        return _alone(run)
    told = [_leads(run, found) if found.rivals else _wins(found), _vote(found), _steered(run)]
    return [sentence for sentence in told if sentence]


def _alone(run: RunData) -> list[str]:
    """How often the only method is right that is not told the label; empty without one."""
    fair = [point for point in accuracies(run) if not knows_the_label(name_of(point))]
    right = (f"{_capital(_named(point))} is right on {whole(point)} of {point.n:,} items" for point in fair)
    return [f"{said}; no other method was compared with it." for said in right]


def _named(point: Point) -> str:
    """The method in a sentence."""
    return NAMES.get(name_of(point), name_of(point))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wins(found: Standing) -> str:
    leader = found.leader
    return (
        f"{_capital(_named(leader))} wins: right on {whole(leader)} of {leader.n:,} items, clearly ahead of every "
        "other method that is not told the label."
    )


def _leads(run: RunData, found: Standing) -> str:
    leader, nearest = found.leader, found.rivals[0]
    gap = difference(run, name_of(leader), name_of(nearest))
    by = "" if gap is None else f" ({'over the first of them ' if found.rivals[1:] else ''}{_tested(gap)})"
    return (
        f"No clear winner: {_named(leader)} is right most often, on {whole(leader)} of {leader.n:,} items, but is not "
        f"clearly ahead of {_some(found.rivals)}{by}."
    )


def _tested(gap: Point) -> str:
    """A difference and how often chance gives as much."""
    chance = "" if gap.p_value is None else f", p = {gap.p_value:.2g} after Holm's correction"
    return f"{signed(gap)}{chance}"


def _some(rivals: Sequence[Point]) -> str:
    names = [_named(point) for point in rivals[:_MOST]]
    return listed([*names, f"{len(rivals) - _MOST} more"] if len(rivals) > _MOST else names)


def _vote(found: Standing) -> str:
    """That no method gains by asking the model, where the labels of similar examples say as much."""
    if asks_no_model(name_of(found.leader)):
        return "No method that asks the model is right more often than the labels of the most similar examples."
    if any(asks_no_model(name_of(point)) for point in found.rivals):
        return "That asking the model helps is not shown: a vote of the most similar examples is not clearly behind."
    return ""


def _steered(run: RunData) -> str:
    """IC-ICL against the prompt, the examples in the prompt and the better of the votes."""
    told = [
        f"{signed(gap)} against {NAMES.get(other, other)}"
        for other in (PROMPT, ICL, best_vote(run))
        if other is not None and (gap := difference(run, _STEERED, other)) is not None
    ]
    return f"IC-ICL: {', '.join(told)}." if told else ""
