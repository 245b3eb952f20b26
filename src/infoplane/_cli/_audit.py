"""infoplane audit"""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import AboutTexts, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result
from infoplane._cli._values import words_of
from infoplane._errors import InputError, one_line

NAME = "audit"
EXAMPLE = "infoplane audit --model embedded --texts embedded --out runs/audit"

Patterns = Annotated[
    list[str] | None, typer.Option("--pattern", help="A kind of your own, as order=#[0-9]{6}; again for more.")
]


@with_about
def run(
    context: typer.Context,
    about: AboutTexts,
    out: options.OptionalOut = None,
    kinds: Annotated[
        str | None, typer.Option("--kinds", help="email, number, name, ..., between commas; all without it.")
    ] = None,
    pattern: Patterns = None,
    layers: Annotated[str, typer.Option("--layers", help="final, all, or as 0-4,8.")] = "final",
    poolings: Annotated[
        str, typer.Option("--poolings", help="States of a text: mean, last, cls, between commas.")
    ] = "mean",
    delta: Annotated[float, typer.Option("--delta", help="Certificates fail with at most this probability.")] = 0.05,
    max_texts: Annotated[int, typer.Option("--max-texts", min=0, help="At most; 0 takes all.")] = 0,
    show_values: Annotated[bool, typer.Option("--show-values", help="Examples in the clear, not masked.")] = False,
    as_json: options.Json = False,
) -> Result:
    """Prove how much of what should stay private can at least be read back from embeddings of texts."""
    folder = options.needed(out, "--out", "runs/audit")
    settings: dict[str, Any] = {"layers": layers, "poolings": tuple(words_of(poolings)), "delta": delta}
    settings |= {"kinds": None if kinds is None else tuple(words_of(kinds)), "patterns": _patterns(pattern or ())}
    settings |= {"show_values": show_values, "seed": about.seed}
    with progress() as told:
        told("loading", 0, 0)
        lm, texts = about.load(max_texts)
        from infoplane.measures import audit
        from infoplane.report import report

        done = audit(lm, texts, out=folder, command=context.obj, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)


def _patterns(typed: Sequence[str]) -> dict[str, str] | None:
    """The regular expression of every kind in `typed`; InputError for what is not NAME=REGEX, once a name."""
    found: dict[str, str] = {}
    for text in typed:
        name, equals, regex = text.partition("=")
        if not (name.strip() and equals and regex):
            raise InputError(one_line(f"--pattern {text}", "NAME=REGEX, as order=#[0-9]{6}", "write it like this"))
        if name.strip() in found:
            raise InputError(one_line(f"--pattern {text}", f"{name.strip()} once", "give one of them another name"))
        found[name.strip()] = regex
    return found or None
