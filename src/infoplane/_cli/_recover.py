"""infoplane recover"""

from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import AboutTexts, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result
from infoplane._cli._values import words_of

NAME = "recover"
EXAMPLE = "infoplane recover --model embedded --texts embedded --out runs/recover"


@with_about
def run(
    context: typer.Context,
    about: AboutTexts,
    out: options.OptionalOut = None,
    layers: Annotated[str, typer.Option("--layers", help="all, or as 0-4,8; negative from the last.")] = "all",
    poolings: Annotated[
        str | None, typer.Option("--poolings", help="States of a text: mean, last, cls, own, between commas.")
    ] = None,
    decoder: Annotated[str, typer.Option("--decoder", help="linear, or mlp with one hidden layer.")] = "linear",
    width: Annotated[
        int | None, typer.Option("--width", min=1, help="Width to which states are reduced; compare at the same.")
    ] = None,
    controls: Annotated[str, typer.Option("--controls", help="untrained, relabelled, between commas.")] = "",
    max_texts: Annotated[int, typer.Option("--max-texts", min=0, help="At most; 0 takes all.")] = 5000,
    delta: Annotated[float, typer.Option("--delta", help="Certificates fail with at most this probability.")] = 0.05,
    codelength: Annotated[
        bool, typer.Option("--codelength", help="Also what a state saves behind the words before.")
    ] = False,
    tagger: Annotated[str | None, typer.Option("--tagger", help="A spaCy pipeline, for parts of speech.")] = None,
    as_json: options.Json = False,
) -> Result:
    """Measure which words of a text can be read back from the states of every layer, and how surely."""
    folder = options.needed(out, "--out", "runs/recover")
    settings: dict[str, Any] = {"layers": layers, "decoder": decoder, "width": width, "controls": words_of(controls)}
    settings |= {"poolings": None if poolings is None else words_of(poolings), "codelength": codelength}
    settings |= {"tagger": tagger, "delta": delta, "seed": about.seed}
    with progress() as told:
        told("loading", 0, 0)
        lm, texts = about.load(max_texts)
        from infoplane.measures import recoverability
        from infoplane.report import report

        done = recoverability(lm, texts, out=folder, command=context.obj, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)
