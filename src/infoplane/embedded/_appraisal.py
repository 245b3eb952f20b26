"""What an emotion is here: four yes-or-no questions about a situation, after appraisal theory.

    mine    does the one who tells it care how it ends, or does the other person?
    good    does it end as the person who cares would have it?
    own     is it the one who tells it who brings the end about, or the other person?
    past    is it over, or still to come?

Every one of the 2**4 answers has a name, so the four are independent when emotions are drawn evenly.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The four answers that make an emotion."""

    mine: bool
    good: bool
    own: bool
    past: bool


# Columns of a row: over by my doing, over by the other's doing, to come by my doing, to come by the other's doing.
_TABLE: dict[tuple[bool, bool], tuple[str, str, str, str]] = {
    (True, True): ("proud", "grateful", "confident", "hopeful"),
    (True, False): ("ashamed", "angry", "nervous", "afraid"),
    (False, True): ("caring", "jealous", "eager", "trusting"),
    (False, False): ("guilty", "sad", "reluctant", "worried"),
}
_COLUMNS = ((True, True), (False, True), (True, False), (False, False))

APPRAISALS: dict[str, Appraisal] = {
    label: Appraisal(mine, good, own, past)
    for (mine, good), row in _TABLE.items()
    for label, (own, past) in zip(row, _COLUMNS, strict=True)
}
LABELS: tuple[str, ...] = tuple(sorted(APPRAISALS))
