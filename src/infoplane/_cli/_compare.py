"""infoplane compare"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infoplane._cli import _options as options
from infoplane._cli._load import load
from infoplane._cli._method_tables import method_table, pair_table
from infoplane._cli._output import Result, progress

if TYPE_CHECKING:
    from infoplane.runs import Run

NAME = "compare"
EXAMPLE = "infoplane compare --model embedded --task embedded --max-examples 100 --out runs/compare"

OptionalOut = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory to write; the same command continues there.")
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
    split: options.SplitName = "test",
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
    return _result(done, page, as_json)


def _result(run: "Run", page: Path, as_json: bool) -> Result:
    """The table of the run, its paired differences, what was left out and where its page is."""
    table = json.loads((run.artifacts / "methods.json").read_text(encoding="utf-8"))
    excluded = {reason: count for reason, count in run.facts.get("excluded", {}).items() if count}
    document = {"run": str(run.path), "report": str(page), "finished": run.finished, "excluded": excluded}
    document |= {"truncated": run.facts.get("truncated", {}), **table}
    shown: list[Any] = [method_table(table), pair_table(table)] if table["pairs"] else [method_table(table)]
    if any(method["oracle"] for method in table["methods"]):
        shown.append(Text("An oracle is told the label it should find: it shows what steering can reach, no result."))
    if dropped := max(method["dropped"] or 0 for method in table["methods"]):
        shown.append(Text(f"left out of retrieval, as the text itself or its conversation: {dropped} examples"))
    if cut := sum(run.facts.get("truncated", {}).values()):
        shown.append(Text(f"texts longer than the context, their beginnings cut: {cut}"))
    if excluded:
        shown.append(Text("left out: " + ", ".join(f"{count} {reason}" for reason, count in excluded.items())))
    shown.append(Text(f"report: {page}"))
    return Result(as_json, document, shown)
