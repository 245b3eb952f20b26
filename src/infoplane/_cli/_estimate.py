"""infoplane estimate"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from infoplane._cli import _options as options
from infoplane._cli._output import Result, progress

if TYPE_CHECKING:
    pass

NAME = "estimate"
EXAMPLE = "infoplane estimate embedded --x 'x_*' --y y"

_DATA = "Columns: a,b 'h_*' h_0:h_63, or by place 1:512 (the end left out)"
_FILE = "CSV, TSV, JSONL, Parquet, npy or npz; `embedded` is a made table with 1 nat between x_* and y."
_DISCRETE = "Of these, columns that hold labels; whole numbers, text and booleans do unless told otherwise."


def _columns(option: str, what: str) -> Any:
    return typer.Option(option, help=what, rich_help_panel=_DATA)


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_FILE)],
    x: Annotated[str | None, _columns("--x", "One side; of npz, an array or array[1:5].")] = None,
    y: Annotated[str | None, _columns("--y", "The other side; without it, the entropy of x.")] = None,
    given: Annotated[str | None, _columns("--given", "Condition on these.")] = None,
    groups: Annotated[str | None, _columns("--groups", "Column of what belongs together, as a conversation.")] = None,
    discrete: Annotated[str | None, _columns("--discrete", _DISCRETE)] = None,
    continuous: Annotated[str | None, _columns("--continuous", "Of these, columns that hold quantities.")] = None,
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Leave out rows with a missing value, and say how many.")
    ] = False,
    estimator: Annotated[str, typer.Option("--estimator", help="auto chooses and says why.")] = "auto",
    permutations: Annotated[int, typer.Option("--permutations", min=0, help="Draws of the null; 0 for none.")] = 100,
    confidence: Annotated[float, typer.Option("--confidence", help="Level of the interval.")] = 0.95,
    units: Annotated[Literal["nats", "bits"], typer.Option("--units", help="nats or bits.")] = "nats",
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Result:
    """How much columns of a file tell about others: mutual information with interval, null, ceiling and warnings."""
    words = {"x": options.needed(x, "--x", "COLUMN"), "y": y, "given": given, "groups": groups}
    with progress() as told:
        told("loading", 0, 0)
        from infoplane._cli._columns import open_table
        from infoplane._cli._sides import choose_sides

        chosen = choose_sides(open_table(file), words, discrete, continuous, drop_missing=drop_missing)
        settings = {"estimator": estimator, "confidence": confidence, "units": units, "seed": seed}
        told(f"estimating, {permutations} draws without relation", 0, 0)
        found = chosen.estimate(permutations=permutations, **settings)
    from infoplane._cli._estimated import estimated

    return estimated(str(file), chosen, found, as_json)
