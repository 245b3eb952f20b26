"""infoplane show"""

from pathlib import Path
from typing import Annotated, Any

import typer

from infoplane._cli._options import Json, RunDirectory
from infoplane._cli._output import Result
from infoplane._cli._summary import run_result
from infoplane._cli._tables import flags_of, row_table
from infoplane._errors import InputError, one_line

NAME = "show"
EXAMPLE = "infoplane show runs/demo --quantity probe_accuracy"

# No variables: INFOPLANE_SEED, set for `measure`, must not choose what is shown.
_Text = Annotated[str | None, typer.Option(help="Only these numbers.", envvar=[])]
_Number = Annotated[int | None, typer.Option(help="Only these numbers.", envvar=[])]


def run(
    directory: RunDirectory,
    everything: Annotated[bool, typer.Option("--all", help="Every number, not the summary.")] = False,
    measure: _Text = None,
    quantity: _Text = None,
    split: _Text = None,
    layer: _Text = None,
    step: _Number = None,
    role: _Text = None,
    label: _Text = None,
    method: _Text = None,
    seed: _Number = None,
    as_json: Json = False,
) -> Result:
    """The numbers of a run: its summary, or the rows of its ledger at some coordinates."""
    from infoplane.runs import Run

    opened = Run.open(directory, None)
    where: dict[str, Any] = {"measure": measure, "quantity": quantity, "split": split, "layer": _layer(layer)}
    where |= {"step": step, "role": role, "label": label, "method": method, "seed": seed}
    asked = {name: value for name, value in where.items() if value is not None}
    if not (asked or everything):
        page = Path(directory) / "report.html"
        return run_result(opened, page if page.is_file() else None, as_json)
    _check(opened.ledger.rows(), asked)
    rows = opened.ledger.filter(**asked)
    return Result(as_json, {"run": str(directory), "flags": flags_of(rows), "rows": rows}, [row_table(rows)])


def _layer(text: str | None) -> int | str | None:
    """A layer as the ledger writes it: a number, or `final`."""
    return int(text) if text is not None and text.isdecimal() else text


def _check(rows: list[dict[str, Any]], asked: dict[str, Any]) -> None:
    """InputError for a coordinate that no row of the run has, naming those it has."""
    for name, value in asked.items():
        found = {row[name] for row in rows if row[name] is not None}
        have = sorted(found, key=lambda known: (isinstance(known, str), known))
        if value not in have:
            raise InputError(one_line(f"--{name} {value}", f"one of {', '.join(map(str, have))}", "use one of these"))
