"""One line of the estimators' table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was measured on one case: ours, the best peer's, and whether the target is reached.

    `table`: the part of the benchmark; `quantity`: what the two numbers are, with units; `reached`: None where the
    case has no target of its own.
    """

    table: str
    case: str
    quantity: str
    ours: float | str
    peer: str = ""
    theirs: float | None = None
    target: str = ""
    reached: bool | None = None
    note: str = ""
