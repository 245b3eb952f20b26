"""The estimators on cases of known truth, beside the field's libraries.

    python benchmarks/estimators.py                          one table, all parts
    python benchmarks/estimators.py --parts speed,coverage   some of them
    python benchmarks/estimators.py --quick                  small versions, to see that everything runs
    python benchmarks/estimators.py --json                   the same as one JSON document

speed: nearest-neighbour kernels beside their peers, paired processor time in one run. continuous: the tasks of
benchmark-mi. labels: a 512-dimensional representation against 32 classes. layers: one representation against another.
coverage: intervals, lower bounds and p-values over many seeds.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib import import_module

from known.row import Row
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

import infoplane

PARTS = ("speed", "discrete", "continuous", "labels", "layers", "compressed", "coverage")
TITLES = ("part", "case", "quantity", "ours", "best peer", "theirs", "target", "reached", "note")


def measured(parts: Iterable[str], quick: bool) -> Iterator[Row]:
    """The rows of `parts`, one after the other; a part that cannot be imported is a row that says why."""
    for part in parts:
        try:
            module = import_module(f"known.{part}")
        except ImportError as error:
            yield Row(part, "left out", str(error), "")
            continue
        for row in module.rows(quick=quick):
            print(f"{row.table}: {row.case}: {_text(row.ours)}", file=sys.stderr, flush=True)
            yield row


def show(rows: list[Row]) -> None:
    """The rows as one table on standard output, and how many targets are reached."""
    table = Table(title="Estimators of infoplane where the truth is known")
    for title in TITLES:
        table.add_column(title, justify="right" if title in ("ours", "theirs", "target") else "left", overflow="fold")
    for row in rows:
        reached = {True: "yes", False: "NO", None: ""}[row.reached]
        numbers = _text(row.ours), row.peer, _text(row.theirs), row.target, reached, row.note
        table.add_row(row.table, row.case, row.quantity, *numbers)
    console = Console(width=220, highlight=False, markup=False)
    console.print(table)
    judged = [row.reached for row in rows if row.reached is not None]
    console.print(f"{sum(judged)} of {len(judged)} targets reached; infoplane {infoplane.__version__}")


def _text(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.0f}"


def _parts(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in PARTS:
            raise argparse.ArgumentTypeError(f"part {name}: expected some of {', '.join(PARTS)}")
    return names


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", type=_parts, default=list(PARTS), help=f"some of {', '.join(PARTS)}, with commas")
    parser.add_argument("--quick", action="store_true", help="small versions, to see that everything runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    options = parser.parse_args()
    with threadpool_limits(1):
        rows = list(measured(options.parts, options.quick))
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "infoplane": infoplane.__version__}, default=float))
    else:
        show(rows)


if __name__ == "__main__":
    main()
