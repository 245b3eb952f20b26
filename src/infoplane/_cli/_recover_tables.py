"""What a person sees of a recoverability run: the best layer of every pooling in words, and a line a layer."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._cells import Row, all_of, first_of, interval_of, new_table, number_of, value_of

if TYPE_CHECKING:
    from infoplane.runs import Run

_INFORMATION = "recovery_information"
_COLUMNS = {
    "usable": {"quantity": "usable_information", "method": "state"},
    "Fano, prior": {"quantity": "fano_prior_information", "method": "state"},
    "certified": {"quantity": "certified_information", "method": "state"},
    "per byte": {"quantity": "recovery_information_per_byte", "method": "state"},
    "untrained": {"quantity": _INFORMATION, "method": "untrained"},
    "selectivity": {"quantity": "recovery_selectivity", "method": "relabelled"},
}


def recovered(run: "Run") -> tuple[Mapping[str, Any], list[RenderableType]]:
    """The best layer of every pooling, and what a person sees of it; nothing where nothing was read back."""
    rows = [row for row in run.ledger.filter(measure="recoverability") if row["label"] is None]
    own = all_of(rows, method="state")
    poolings = dict.fromkeys(row["role"] for row in all_of(own, quantity=_INFORMATION))
    found = {pooling: _best(all_of(own, role=pooling)) for pooling in poolings}
    if not found:
        return {}, []
    lines = [line for pooling, best in found.items() for line in _lines(pooling, best)]
    lines += _place(all_of(rows, method="position"))
    told = {pooling: {name: row for name, row in best.items() if row is not None} for pooling, best in found.items()}
    return {"recovered": told}, [Text("\n".join(lines)), layer_table(rows, list(poolings))]


def layer_table(rows: Sequence[Row], poolings: Sequence[str]) -> Table:
    """One line a layer and pooling: accuracy, what is read at least, what is usable and certified, and the controls."""
    own = all_of(rows, method="state")
    shown = {name: column for name, column in _COLUMNS.items() if first_of(rows, **column)}
    columns = ("layer", "pooling", "accuracy", "I(T;E)", "95 % interval", "null 95 %", *shown)
    table = new_table("Read back by layer, nats a word", *columns)
    for number, pooling in enumerate(poolings):
        if number:
            table.add_section()
        for row in all_of(own, quantity=_INFORMATION, role=pooling):
            where = {"layer": row["layer"], "role": pooling}
            right = first_of(own, quantity="recovery_accuracy", **where)
            cells = [value_of(row, unit=False), interval_of(row), number_of(row["null_high"], row["units"])]
            others = (value_of(first_of(rows, **where, **column), unit=False) for column in shown.values())
            table.add_row(str(row["layer"]), pooling, value_of(right), *cells, *others)
    table.caption = "I(T;E): so much of a word T, or of a mark, can be read from the state E at least\n"
    return table


def _best(rows: Sequence[Row]) -> dict[str, Row | None]:
    """The numbers of one pooling at the layer where most is read, and what is forgotten behind it."""
    peak = first_of(rows, quantity="recovery_peak")
    information = all_of(rows, quantity=_INFORMATION)
    layer = max(information, key=lambda row: row["value"])["layer"] if peak is None else peak["layer"]
    names = (_INFORMATION, "recovery_accuracy", "recovery_information_per_byte", "certified_information")
    found = {name: first_of(rows, quantity=name, layer=layer) for name in names}
    return found | {
        name: first_of(rows, quantity=name) for name in ("recovery_forgetting", "recovery_forgetting_share")
    }


def _lines(pooling: str, best: Mapping[str, Row | None]) -> list[str]:
    """The best layer, its certificate and what is forgotten behind it, a line each."""
    most, accuracy = best[_INFORMATION], best["recovery_accuracy"]
    if most is None:
        return []
    right = "" if accuracy is None else f", {value_of(accuracy)} {interval_of(accuracy)} of words right"
    each = best["recovery_information_per_byte"]
    per_byte = "" if each is None else f"; {_both(each)} a byte"
    lines = [
        f"best layer, {pooling}: {most['layer']}{right}, at least {_both(most)} {interval_of(most)} a word{per_byte}"
    ]
    return [*lines, *_certified(pooling, best["certified_information"]), *_forgotten(pooling, best)]


def _place(rows: Sequence[Row]) -> list[str]:
    """What is said of a word whose place alone is known."""
    read, right = first_of(rows, quantity=_INFORMATION), first_of(rows, quantity="recovery_accuracy")
    if read is None or right is None:
        return []
    return [f"by the place of a word alone: {value_of(right)} of words right, {_both(read)} {interval_of(read)} a word"]


def _certified(pooling: str, row: Row | None) -> list[str]:
    """What is proven, or that nothing is."""
    if row is None:
        return []
    sure = f"at layer {row['layer']}, with probability {100 * row['confidence']:g} %"
    if row["value"] <= 0:
        return [f"certified, {pooling}: nothing {sure}; the bound is {value_of(row)}"]
    return [f"certified, {pooling}: at least {_both(row)} a word {sure}"]


def _forgotten(pooling: str, best: Mapping[str, Row | None]) -> list[str]:
    """What the last layer says less than the best one."""
    lost, share = best["recovery_forgetting"], best["recovery_forgetting_share"]
    if lost is None:
        return []
    if lost["value"] <= 0:
        return [f"forgotten by the last layer, {pooling}: nothing; no layer is shown to say more"]
    part = "" if share is None else f", {value_of(share)}"
    p = "" if lost["p_value"] is None else f", p = {lost['p_value']:.2g}"
    return [f"forgotten by the last layer, {pooling}: {_both(lost)} {interval_of(lost)} a word{part}{p}"]


def _both(row: Row) -> str:
    """A number in nats, and in bits in brackets."""
    return f"{value_of(row)} ({row['value'] / math.log(2):.3f} bits)"
