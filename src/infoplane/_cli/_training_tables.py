"""The tables of a fine-tuning: epochs, what was reached, both planes, and how far the features of classes spread."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infoplane._cli._cells import Row, all_of, first_of, interval_of, new_table, number_of, value_of

if TYPE_CHECKING:
    from infoplane.runs import Run

_LOSS, _SECONDS, _REPORTED = "training_loss", "seconds", "selected_on_reported"
_SPREAD = ("cmi", "cmi_corrected", "separation", "ncmi", "dimensions_share")


def trained(run: "Run") -> tuple[Mapping[str, Any], list[RenderableType]]:
    """What was chosen, and what a person sees of it; nothing where nothing was fine-tuned."""
    rows = run.ledger.filter(measure="finetune")
    if not rows:
        return {}, []
    planes = {when: found for when in ("before", "after", "inherited") if (found := _plane(run, when))}
    tables = [epoch_table(rows), reached_table(rows), spread_table(run.ledger.filter(measure="cmi")), *_planes(planes)]
    shown: list[RenderableType] = [table for table in tables if table is not None]
    shown.append(Text(f"model: {run.path / 'model'}"))
    if any(_REPORTED in (row["flags"] or ()) for row in rows):
        shown.append(Text("selected on the reported set: the epoch was chosen by what is shown"))
    chosen = {"chosen_epoch": run.facts.get("chosen_epoch"), "model": str(run.path / "model")}
    return chosen | ({"planes": planes} if planes else {}), shown


def epoch_table(rows: Sequence[Row]) -> Table | None:
    """One line an epoch: the metric on held-out examples, and the terms of the training loss."""
    held = [row for row in rows if row["epoch"] is not None and row["role"] is None]
    losses = all_of(rows, quantity=_LOSS)
    if not held:
        return None
    parts = list(dict.fromkeys(row["role"] for row in losses))
    chosen = first_of(rows, role="chosen")
    title = f"Epochs: {_name(held[0]['quantity'])} on {held[0]['split']}, and the terms of the training loss in nats"
    table = new_table(title, "epoch", "value", "95 % interval", *(_name(part) for part in parts), "")
    for row in held:
        terms = [first_of(losses, role=part, epoch=row["epoch"]) for part in parts]
        mark = "chosen" if chosen is not None and row["epoch"] == chosen["epoch"] else ""
        cells = [value_of(row, unit=False), interval_of(row), *(value_of(term, unit=False) for term in terms)]
        table.add_row(str(row["epoch"]), *cells, mark)
    return table


def reached_table(rows: Sequence[Row]) -> Table | None:
    """One line a metric of the chosen epoch on the test split, and what the training took."""
    chosen = all_of(rows, role="chosen")
    if not chosen:
        return None
    table = new_table(f"Reached on {chosen[0]['split']}", "metric", "value", "95 % interval", "null 95 %", "n")
    table.columns[0].justify = "left"
    for row in chosen:
        null = number_of(row["null_high"], row["units"])
        cells = (value_of(row, unit=False), interval_of(row), null, str(row["n"]))
        table.add_row(_name(row["quantity"]), *cells)
    if took := first_of(rows, quantity=_SECONDS):
        table.caption = f"{took['value']:.1f} seconds for {took['n']} steps\n"
    return table


def spread_table(rows: Sequence[Row]) -> Table | None:
    """One line a split, before or after training: I(X;Z|Y) and its companions, in nats but for shares."""
    names = [name for name in _SPREAD if first_of(rows, quantity=name)]
    if not names:
        return None
    table = new_table(
        "Spread within classes: cmi and separation in nats",
        "split",
        "training",
        *map(_name, names),
        "95 % interval of cmi",
    )
    for split, role in dict.fromkeys((row["split"], row["role"]) for row in rows):
        own = [first_of(rows, quantity=name, split=split, role=role) for name in names]
        first = first_of(rows, quantity="cmi", split=split, role=role)
        ends = "" if first is None or first["low"] is None else f"[{first['low']:.3g}, {first['high']:.3g}]"
        table.add_row(str(split), str(role or ""), *map(_small, own), ends)
    return table


def _plane(run: "Run", when: str) -> list[Row]:
    """The rows of a plane within `run`, nothing where it was not measured."""
    from infoplane.runs import Ledger

    path = run.path / when / "ledger.jsonl"
    return Ledger(path, read_only=True).rows() if path.is_file() else []


def _planes(planes: Mapping[str, Sequence[Row]]) -> list[Table | None]:
    """One line a layer: I(T;Y) before and after, and I(z;Y) in the space of each and in that from before."""
    if not {"before", "after"} <= set(planes):
        return []
    columns = {
        "I(T;Y) before": _by_layer(planes["before"], "label_information"),
        "after": _by_layer(planes["after"], "label_information"),
        "I(z;Y) before": _by_layer(planes["before"], "space_information"),
        "after, own space": _by_layer(planes["after"], "space_information"),
        "after, space from before": _by_layer(planes.get("inherited", ()), "space_information"),
    }
    table = new_table("Information by layer, before and after training, nats", "layer")
    for name in columns:
        table.add_column(name, justify="right")
    table.add_column("null 95 % of I(T;Y)", justify="right")
    for layer in sorted({layer for own in columns.values() for layer in own}):
        cells = (f"{value_of(own.get(layer), unit=False)} {_ends(own.get(layer))}" for own in columns.values())
        nulls = [own[layer]["null_high"] for own in list(columns.values())[:2] if layer in own]
        known = [null for null in nulls if null is not None]
        table.add_row(str(layer), *map(str.rstrip, cells), number_of(max(known), "nats") if known else "")
    table.caption = (
        "T: states, Y: labels, z: what of T lies in the task space; null: the higher one of before and after\n"
    )
    return [table]


def _by_layer(rows: Sequence[Row], quantity: str) -> dict[int, Row]:
    """The last row of a quantity at every layer: of the largest space, of the last token where there is one."""
    found = all_of(rows, measure="plane", quantity=quantity)
    last = [row for row in found if row["role"] == "last"]
    return {row["layer"]: row for row in last or found}


def _ends(row: Row | None) -> str:
    return "" if row is None else interval_of(row)


def _small(row: Row | None) -> str:
    """A number that may be far below one, to three digits."""
    if row is None:
        return ""
    return number_of(row["value"], "fraction") if row["units"] == "fraction" else f"{row['value']:.3g}"


def _name(quantity: str) -> str:
    return str(quantity).replace("_", " ")
