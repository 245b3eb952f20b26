"""The options that several commands share, declared once."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import typer

from infoplane._errors import InputError, one_line

_MODEL, _TASK, _TEXTS = "Model", "Task file", "Texts"
_Value = TypeVar("_Value")

Model = Annotated[str | None, typer.Option("--model", "-m", help="Hub name, folder, `embedded`, `embedded-encoder`.")]
Task = Annotated[str | None, typer.Option("--task", "-t", help="Name, hub data set, file, folder, or `embedded`.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Directory to write; the same command continues there.")]
OptionalOut = Annotated[
    Path | None, typer.Option("--out", "-o", help="Directory to write; the same command continues there.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same numbers.")]
UnusedSeed = Annotated[int, typer.Option("--seed", min=0, help="Taken by every command; nothing here is random.")]
RunDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="A run directory.")]

Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, mps.", rich_help_panel=_MODEL)]
Dtype = Annotated[str, typer.Option("--dtype", help="auto, float32, bfloat16, float16.", rich_help_panel=_MODEL)]
Batch = Annotated[str, typer.Option("--batch-size", help="auto or a number.", rich_help_panel=_MODEL)]
Revision = Annotated[
    str | None, typer.Option("--revision", help="Branch, tag or commit of a hub model.", rich_help_panel=_MODEL)
]

Text = Annotated[str | None, typer.Option("--text", help="Column of the text.", rich_help_panel=_TASK)]
Label = Annotated[str | None, typer.Option("--label", help="Column of the label.", rich_help_panel=_TASK)]
TextPair = Annotated[
    str | None, typer.Option("--text-pair", help="Column of the second text of pairs.", rich_help_panel=_TASK)
]
Group = Annotated[
    str | None,
    typer.Option("--group", help="Column of what must stay in one split, as a conversation.", rich_help_panel=_TASK),
]
Aspect = Annotated[
    str | None, typer.Option("--aspect", help="Word the prompt asks for, as emotion.", rich_help_panel=_TASK)
]
Prompt = Annotated[Path | None, typer.Option("--prompt", help="File with the prompt: {text}.", rich_help_panel=_TASK)]
Turns = Annotated[bool, typer.Option("--turns", help="What was said instead of the situation.", rich_help_panel=_TASK)]

Exclude = Annotated[
    Path | None,
    typer.Option("--exclude", help="File of ids the model has seen with their labels.", rich_help_panel=_TASK),
]

Texts = Annotated[
    str | None,
    typer.Option("--texts", help="File of texts, a line each or a column, or `embedded`.", rich_help_panel=_TEXTS),
]
TextsText = Annotated[str | None, typer.Option("--text", help="Column of the text.", rich_help_panel=_TEXTS)]
TextsGroup = Annotated[
    str | None,
    typer.Option("--group", help="Column of what must stay in one split, as a document.", rich_help_panel=_TEXTS),
]

Examples = Annotated[int, typer.Option("--examples", min=1, help="Examples retrieved for each text.")]
Retriever = Annotated[
    str, typer.Option("--retriever", help="tfidf, task-space, or an encoder: hub name, folder, sentence-transformers.")
]
Space = Annotated[Path | None, typer.Option("--space", help="A task space made by infoplane space build.")]


def batch_size(text: str) -> int | Literal["auto"]:
    """`auto` or a number of at least 1; InputError for anything else."""
    if text == "auto":
        return "auto"
    if text.isdecimal() and int(text) >= 1:
        return int(text)
    raise InputError(one_line(f"--batch-size {text}", "auto or a number of at least 1", "use auto"))


def needed(value: _Value | None, option: str, example: str = "embedded") -> _Value:
    """The value of an option that must be given here; InputError where it was not."""
    if value is None:
        do = f"add {option} {example} to try it"
        raise InputError(one_line(f"no {option}", f"{option} with a name or a path", do))
    return value
