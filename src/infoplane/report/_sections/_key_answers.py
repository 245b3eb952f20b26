"""What some examples answer when they are steered: the token of every step, plainly and under each change."""

from collections.abc import Sequence
from typing import Any

from infoplane.report._run_data import RunData
from infoplane.report._sections._table import Cell, Table
from infoplane.report._words import plain_token

_MOST, _LETTERS = 6, 160


def table(run: RunData, runs: Sequence[RunData]) -> Table | None:
    """A line an example, a column a way of steering, tokens parted by strokes; None where the run kept none."""
    examples = run.steered.get("examples") or []
    if not examples:
        return None
    methods = [str(method) for method in run.steered.get("methods") or []]
    where = f"layers {run.steered.get('layers')}, steps {run.steered.get('steps')}"
    title = f"Tokens that are emitted: {where}" + (f", {run.model}" if len(runs) > 1 else "")
    lines = tuple(_line(one, methods) for one in examples[:_MOST])
    return Table(title, ("text", "label", *methods), lines, stacked=True, texts=True)


def _line(example: dict[str, Any], methods: Sequence[str]) -> tuple[Cell, ...]:
    text = " ".join(str(example.get("text")).split())
    shown = text if len(text) <= _LETTERS else f"{text[:_LETTERS].rstrip()}\u2026"
    said = example.get("tokens") or {}
    tokens = (" | ".join(plain_token(str(piece)) for piece in said.get(method) or []) for method in methods)
    return tuple(Cell(cell, key=cell) for cell in (shown, str(example.get("label")), *tokens))
