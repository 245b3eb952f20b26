"""infoplane report"""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from infoplane._cli._options import Json, RunDirectory, UnusedSeed
from infoplane._cli._output import Result

NAME = "report"
EXAMPLE = "infoplane report runs/demo"


def run(
    directory: RunDirectory,
    other: Annotated[Path | None, typer.Argument(metavar="[DIR2]", help="A second run, on the same page.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The page; by default DIR/report.html, or DIR/report-<name of DIR2>.html."),
    ] = None,
    seed: UnusedSeed = 0,  # noqa: ARG001 - every command takes it
    as_json: Json = False,
) -> Result:
    """Write the page of a run, or of two runs side by side: one HTML file that needs nothing else."""
    from infoplane.report import report

    page = report(directory, other, out=out)
    return Result(as_json, {"report": str(page)}, [Text(f"report: {page}")])
