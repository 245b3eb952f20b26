"""infoplane compare"""

from pathlib import Path
from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._load import load
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result

NAME = "compare"
EXAMPLE = "infoplane compare --model embedded --task embedded --max-examples 100 --out runs/compare"

OptionalOut = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory to write; the same command continues there.")
]

SplitName = Annotated[
    str, typer.Option("--split", help="test or measure; tune only for methods that choose nothing on it.")
]


def run(
    context: typer.Context,
    out: OptionalOut = None,
    model: options.Model = None,
    task: options.Task = None,
    methods: Annotated[
        str | None,
        typer.Option("--methods", help="Names between commas, as prompt,icl,ic-icl,knn-vote; all by default."),
    ] = None,
    split: SplitName = "test",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of the split; 0 takes all.")] = 500,
    examples: options.Examples = 5,
    retriever: options.Retriever = "tfidf",
    space: options.Space = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    batch_size: options.Batch = "auto",
    revision: options.Revision = None,
    text: options.Text = None,
    label: options.Label = None,
    text_pair: options.TextPair = None,
    group: options.Group = None,
    aspect: options.Aspect = None,
    prompt: options.Prompt = None,
    turns: options.Turns = False,
    exclude: options.Exclude = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Result:
    """Compare ways to predict on the same examples: accuracy, paired tests, time and tokens of each."""
    settings: dict[str, Any] = {"split": split, "max_examples": max_examples or None, "examples": examples}
    settings |= {"retriever": retriever, "seed": seed, "command": context.obj}
    if methods is not None:
        settings["methods"] = [name.strip() for name in methods.split(",") if name.strip()]
    folder = options.needed(out, "--out", "runs/compare")
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = load(
            model,
            task,
            device=device,
            dtype=dtype,
            batch=batch_size,
            revision=revision,
            columns={"text": text, "label": label, "text_pair": text_pair, "group": group, "aspect": aspect},
            prompt=prompt,
            turns=turns,
            exclude=exclude,
            seed=seed,
        )
        from infoplane.methods import compare
        from infoplane.report import report
        from infoplane.spaces import TaskSpace

        given = None if space is None else TaskSpace.load(space)
        done = compare(lm, asked, out=folder, space=given, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)
