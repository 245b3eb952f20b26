"""A plan: which states of which prompts are changed, and how. Arrays only; nothing here runs a network.

A change is what is done to a state h of one row at one layer; an edit does its changes, in order, to the states that a
selection names; a plan is edits, in order. Row i of a plan goes with prompt i.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from numpy.typing import ArrayLike

from infoplane._errors import InputError, one_line
from infoplane.models._changes import Change, numbers_below
from infoplane.models._select import Select

SITES = ("residual", "attention", "mlp")


@dataclass(frozen=True, eq=False)
class Edit:
    """`changes`, in order, of the states that `select` names; `keep_norm`: each state keeps the length it had.

    Steps: 0 the prompt's tokens named by `tokens`, 1 the last token of the prompt, t >= 2 the position that emits token
    t; "all" is the named tokens, the last one and every emitting position.
    """

    select: Select
    changes: tuple[Change, ...]
    keep_norm: bool = False

    def __post_init__(self) -> None:
        select = self.select
        if select.site not in SITES:
            raise InputError(one_line(f"{select}", f"a site of {', '.join(SITES)}", "steer one of these"))
        if select.reduce != "none":
            raise InputError(one_line(f"{select}", "reduce=none, as tokens are changed one by one", "leave it out"))
        if not self.changes:
            raise InputError(one_line("an edit without changes", "at least one", "leave the edit out"))

    def __repr__(self) -> str:
        select, kept = self.select, " keep_norm=True" if self.keep_norm else ""
        site = "" if select.site == SITES[0] else f" site={select.site}"
        where = f"layers={select.layers}{site} steps={select.steps} tokens={select.tokens}{kept}"
        return f"{where}: {', then '.join(map(repr, self.changes))}"

    @property
    def rows(self) -> int | None:
        """Rows it tells apart."""
        return _common_rows([change.rows for change in self.changes])


@dataclass(frozen=True, eq=False)
class Plan:
    """Edits, in order. `fingerprint`: of the model it was made for, where it was made for one."""

    edits: tuple[Edit, ...]
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        if not self.edits:
            raise InputError(one_line("a plan without edits", "at least one", "leave steering out"))
        _common_rows([edit.rows for edit in self.edits])

    def __repr__(self) -> str:
        return f"Plan(rows={'any' if self.rows is None else self.rows}, {'; '.join(map(repr, self.edits))})"

    @property
    def rows(self) -> int | None:
        """How many prompts it is for; None where it is the same for every prompt."""
        return _common_rows([edit.rows for edit in self.edits])

    def take(self, rows: ArrayLike) -> Self:
        """The plan of these rows; itself where it is the same for all. Raises InputError for a row it lacks."""
        if self.rows is None:
            return self
        chosen = numbers_below(rows, self.rows, "rows", first=-self.rows)
        taken = (replace(edit, changes=tuple(one.take(chosen) for one in edit.changes)) for edit in self.edits)
        return replace(self, edits=tuple(taken))

    def __add__(self, other: "Plan") -> "Plan":
        """First the edits of this plan, then those of `other`."""
        prints = {self.fingerprint, other.fingerprint} - {None}
        if len(prints) > 1:
            raise InputError(one_line("plans for two models", "one model", "build both on the same model"))
        return Plan(self.edits + other.edits, next(iter(prints), None))


def _common_rows(counts: Sequence[int | None]) -> int | None:
    told = {count for count in counts if count is not None}
    if len(told) > 1:
        raise InputError(one_line(f"a plan of {sorted(told)} rows", "one number of rows", "plan the same prompts"))
    return next(iter(told), None)
