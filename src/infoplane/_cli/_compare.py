"""infoplane compare"""

from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result

NAME = "compare"
EXAMPLE = "infoplane compare --model embedded --task embedded --max-examples 100 --out runs/compare"


SplitName = Annotated[
    str, typer.Option("--split", help="test or measure; tune only for methods that choose nothing on it.")
]


@with_about
def run(
    context: typer.Context,
    about: About,
    out: options.OptionalOut = None,
    methods: Annotated[
        str | None,
        typer.Option("--methods", help="Names between commas, as prompt,icl,ic-icl,knn-vote; all by default."),
    ] = None,
    split: SplitName = "test",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of the split; 0 takes all.")] = 500,
    examples: options.Examples = 5,
    retriever: options.Retriever = "tfidf",
    space: options.Space = None,
    as_json: options.Json = False,
) -> Result:
    """Compare ways to predict on the same examples: accuracy, paired tests, time and tokens of each."""
    settings: dict[str, Any] = {"split": split, "max_examples": max_examples or None, "examples": examples}
    settings |= {"retriever": retriever, "seed": about.seed, "command": context.obj}
    if methods is not None:
        settings["methods"] = [name.strip() for name in methods.split(",") if name.strip()]
    folder = options.needed(out, "--out", "runs/compare")
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = about.load()
        from infoplane.methods import compare
        from infoplane.report import report
        from infoplane.spaces import TaskSpace

        given = None if space is None else TaskSpace.load(space)
        done = compare(lm, asked, out=folder, space=given, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)
