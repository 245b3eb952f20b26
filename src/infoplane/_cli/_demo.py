"""infoplane demo"""

from pathlib import Path

import typer

from infoplane._cli._options import Json, Out, Seed
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result

NAME = "demo"
EXAMPLE = "infoplane demo --out runs/demo"

_EXAMPLES = 600  # of each split: three minutes on two cores


def run(context: typer.Context, out: Out = Path("runs/demo"), seed: Seed = 0, as_json: Json = False) -> Result:
    """Measure the embedded model on the embedded task: no network, no options, a page at the end."""
    with progress() as told:
        told("loading", 0, 0)
        from infoplane.measures import measure
        from infoplane.models import load_model
        from infoplane.report import report
        from infoplane.tasks import load_task

        lm, task = load_model("embedded"), load_task("embedded", seed=seed)
        done = measure(lm, task, out=out, max_examples=_EXAMPLES, seed=seed, command=context.obj, progress=told)
        page = report(done)
    return run_result(done, page, as_json)
