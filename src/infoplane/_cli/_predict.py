"""infoplane predict"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infoplane._cli import _options as options
from infoplane._cli._about import About, with_about
from infoplane._cli._compare import SplitName
from infoplane._cli._output import Result, progress
from infoplane._cli._tables import plain_table

if TYPE_CHECKING:
    from infoplane.methods import Predictions

NAME = "predict"
EXAMPLE = 'infoplane predict --model embedded --task embedded --method icl --text "Nils and I spoke of the move."'

_SHOWN = 20
_LIKELY = 3


@with_about
def run(
    about: About,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]...", help="Texts to predict for; none: the split.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="prompt, icl, ic-icl, knn-vote, ...; see compare.")
    ] = "prompt",
    split: SplitName = "test",
    max_examples: Annotated[int, typer.Option("--max-examples", min=0, help="Of the split; 0 takes all.")] = 500,
    examples: options.Examples = 5,
    retriever: options.Retriever = "tfidf",
    space: options.Space = None,
    chosen: Annotated[
        Path | None, typer.Option("--chosen", help="A comparison whose choices to use instead of choosing again.")
    ] = None,
    respond: Annotated[
        bool, typer.Option("--respond", help="Also generate a response, given the predicted label.")
    ] = False,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            help="A text to predict for; with a task file, the column of the text.",
            rich_help_panel="Task file",
        ),
    ] = None,
    as_json: options.Json = False,
) -> Result:
    """Predict labels with one method, of new texts or of a split."""
    asked_texts = list(texts or ())
    if text is not None and Path(options.needed(about.task, "--task")).expanduser().is_file():
        about = replace(about, text=text)
    elif text is not None:
        asked_texts.append(text)
    settings: dict[str, Any] = {"method": method, "split": split, "max_examples": max_examples or None}
    settings |= {"examples": examples, "retriever": retriever, "respond": respond, "seed": about.seed}
    settings["chosen"] = chosen
    with progress() as told:
        told("loading", 0, 0)
        lm, asked = about.load()
        from infoplane.methods import predict
        from infoplane.spaces import TaskSpace

        given = None if space is None else TaskSpace.load(space)
        found = predict(lm, asked, texts=asked_texts or None, space=given, progress=told, **settings)
    return Result(as_json, _document(found), _shown(found))


def _document(found: "Predictions") -> dict[str, Any]:
    numbers = {"accuracy": found.accuracy, "macro_f1": found.macro_f1}
    return {
        "method": found.method,
        "labels": list(found.labels),
        "n": len(found.items),
        **{name: None if number is None else number.as_dict() for name, number in numbers.items()},
        **found.costs,
        "dropped": found.dropped,
        "choices": dict(found.choices),
        "predictions": [_item(found, row) for row in range(len(found.items))],
    }


def _item(found: "Predictions", row: int) -> dict[str, Any]:
    gold = int(found.items.labels[row])
    item = {
        "id": found.items.ids[row],
        "text": found.items.texts[row],
        "label": found.names[row],
        "probability": float(found.probabilities[row].max()),
        "gold": found.labels[gold] if gold >= 0 else None,
        "scores": found.scores[row].tolist(),
        "examples": list(found.neighbours[row]) if found.neighbours else [],
    }
    return item | ({} if found.responses is None else {"response": found.responses[row]})


def _shown(found: "Predictions") -> list[Any]:
    """The first predictions, then how many were right and what one cost."""
    header = ["text", "label", "likeliest labels"]
    header += ["response"] if found.responses is not None else []
    lines = [_line(found, row) for row in range(min(_SHOWN, len(found.items)))]
    said: list[Any] = [plain_table(f"{found.method}: {len(found.items)} predicted", header, lines)]
    if len(found.items) > _SHOWN:
        said.append(Text(f"... and {len(found.items) - _SHOWN} more; --json has all"))
    if found.accuracy is not None and found.macro_f1 is not None:
        said.append(Text(f"accuracy {found.accuracy}; macro F1 {found.macro_f1}"))
    times = ", ".join(
        f"{name.removesuffix('_seconds')} {1000 * cost:.1f} ms"
        for name, cost in found.costs.items()
        if name.endswith("_seconds")
    )
    tokens = f"{found.costs['prefill_tokens']:.0f} tokens read, {found.costs['decode_tokens']:.1f} said"
    said.append(Text(f"an item: {times}; {tokens}"))
    if found.dropped:
        said.append(Text(f"left out of retrieval, as the text itself or its conversation: {found.dropped} examples"))
    return said


def _line(found: "Predictions", row: int) -> list[str]:
    shares = found.probabilities[row]
    likely = sorted(range(len(shares)), key=lambda label: -shares[label])[:_LIKELY]
    told = ", ".join(f"{found.labels[label]} {100 * shares[label]:.0f} %" for label in likely)
    cells = [found.items.texts[row], found.names[row], told]
    return cells + ([] if found.responses is None else [found.responses[row]])
