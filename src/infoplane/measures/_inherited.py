"""Numbers made with the task space of the model that this one was trained from: each carries `parent_space`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infoplane.measures._numbers import Row, Unit

FLAG = "parent_space"
_ALL = ("space", "paper")
_STEERED = ("dose", "key_steps")
_QUANTITIES = ("space_information", "write_gain", "read_write_correlation")


def inherited(measure: str, unit: Unit) -> Unit:
    """`unit` of `measure`, whose numbers that stand on the task space carry the flag."""

    def rows() -> list[Row]:
        made = unit.rows()
        return [(where, one.flagged(FLAG) if on_space(measure, where) else one) for where, one in made]

    return replace(unit, rows=rows)


def on_space(measure: str, where: Mapping[str, Any]) -> bool:
    """Whether the number of `measure` at the coordinates `where` depends on the directions of a task space."""
    steered = measure in _STEERED and where.get("method") != "plain"
    return measure in _ALL or steered or where["quantity"] in _QUANTITIES
