"""What steering did, as tables from rows: doses, key steps, and what is read and written by layer."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from infoplane._cli._cells import all_of, first_of, interval_of, new_table, number_of, value_of

Row = dict[str, Any]

_OPERATIONS = ("add", "subtract", "erase")


def steering_tables(rows: Sequence[Row]) -> list[Table | None]:
    """The table of every measure that steers, None for one that was not asked."""
    return [dose_table(rows), key_step_table(rows), read_write_table(rows)]


def dose_table(rows: Sequence[Row]) -> Table | None:
    """One line a dose and kind of directions: nats asked and spent, nats and share that tell the label, the cost.

    The cost is the loss on neutral text less that without steering, in nats a token.
    """
    dosed = [row for row in all_of(rows, measure="dose") if row["dose"] is not None]
    if not dosed:
        return None
    plain = first_of(rows, measure="dose", quantity="neutral_loss", method="plain")
    layers = ", ".join(dict.fromkeys(str(row["role"]) for row in dosed if row["role"]))
    title = "What a dose buys, in nats" + (f", at layers {layers}" if layers else "")
    made = new_table(title, "asked", "kind", "spent", "transferred", "95 % interval", "null 95 %", "efficiency")
    made.add_column("cost on neutral text", justify="right")
    for dose, method, role in dict.fromkeys((row["dose"], row["method"], row["role"]) for row in dosed):
        own = {row["quantity"]: row for row in all_of(dosed, dose=dose, method=method, role=role)}
        passed = own.get("transferred_information")
        cells = [
            *(value_of(own.get("divergence"), unit=False), value_of(passed, unit=False)),
            *_bounds(passed),
            value_of(own.get("transfer_efficiency"), unit=False),
            _cost(own.get("neutral_loss"), plain),
        ]
        made.add_row(f"{dose:g}", method, *cells, style="dim" if method == "random" else "")
    return made


def key_step_table(rows: Sequence[Row]) -> Table | None:
    """One line a change of some layers at a step: accuracy with the gold label's subspace and with its controls.

    p is that of the gold label's against a random subspace. Single layers are shown where no range was changed.
    """
    found = all_of(rows, measure="key_steps", quantity="steered_accuracy")
    plain, changed = first_of(found, method="plain"), [row for row in found if row["method"] != "plain"]
    shown = [row for row in changed if row["layer"] is None] or changed
    if not changed:
        return None
    title = "Accuracy after a change of the states" + (f", {value_of(plain)} without" if plain else "")
    made = new_table(title, "change", "step", "layers", "oracle", "other label", "random", "p")
    places = dict.fromkeys((row["step"], row["layer"], row["role"]) for row in shown)
    for operation in _OPERATIONS:
        for step, layer, role in places:
            at = all_of(shown, step=step, layer=layer, role=role)
            kinds = {kind: first_of(at, method=f"{kind} {operation}") for kind in ("oracle", "other", "random")}
            if any(kinds.values()):
                where = (operation, _said(step), _said(role if layer is None else layer))
                made.add_row(*where, *(value_of(row) for row in kinds.values()), _p(kinds["oracle"]))
    if single := len({(row["step"], row["layer"]) for row in changed}) - len({(s, la) for s, la, _ in places}):
        made.caption = f"{single} single layers: infoplane show --measure key_steps\n"
    return made


def read_write_table(rows: Sequence[Row]) -> Table | None:
    """One line a layer: nats read, log-odds written per nat of dose, what random directions write, and p."""
    own = all_of(rows, measure="read_write")
    layers = sorted({row["layer"] for row in own if row["layer"] is not None})
    if not layers:
        return None
    made = new_table(
        "What is read and what is written", "layer", "read nats", "95 % interval", "null 95 %", "write gain"
    )
    for name in ("95 % interval", "random", "p"):
        made.add_column(name, justify="right")
    for layer in layers:
        read, written = (first_of(own, quantity=name, layer=layer) for name in ("label_information", "write_gain"))
        control = "" if written is None else number_of(written["null_mean"], written["units"])
        gain = (value_of(written, unit=False), "" if written is None else interval_of(written), control, _p(written))
        made.add_row(str(layer), value_of(read, unit=False), *_bounds(read), *gain)
    if rank := first_of(own, quantity="read_write_correlation"):
        p = "" if rank["p_value"] is None else f", p = {_p(rank)}"
        said = f"{value_of(rank, unit=False)} {interval_of(rank)}".rstrip()
        made.caption = f"rank correlation of read and written over {rank['n']} layers: {said}{p}\n"
    return made


def _bounds(row: Row | None) -> tuple[str, str]:
    """Interval and null."""
    return ("", "") if row is None else (interval_of(row), number_of(row["null_high"], row["units"]))


def _cost(loss: Row | None, plain: Row | None) -> str:
    return "" if loss is None or plain is None else f"{loss['value'] - plain['value']:+.3f}"


def _p(row: Row | None) -> str:
    return "" if row is None or row["p_value"] is None else f"{row['p_value']:.2g}"


def _said(place: Any) -> str:
    return "all" if place is None else str(place)
