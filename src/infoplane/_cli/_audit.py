"""infoplane audit"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from infoplane._cli import _options as options
from infoplane._cli._about import AboutTexts, with_about
from infoplane._cli._output import Result, progress
from infoplane._cli._summary import run_result
from infoplane._cli._values import setting_of, words_of
from infoplane._errors import InputError, one_line

NAME = "audit"
EXAMPLE = "infoplane audit --model embedded --texts embedded --out runs/audit"

Patterns = Annotated[
    list[str] | None, typer.Option("--pattern", help="A kind of your own, as order=#[0-9]{6}; again for more.")
]

Values = Annotated[
    list[str] | None, typer.Option("--values", help="A kind you list, as client=clients.txt, a value a line.")
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
    values: Values = None,
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
    settings |= {"kinds": None if kinds is None else tuple(words_of(kinds))}
    settings["patterns"] = _own_kinds(pattern or (), values or ())
    settings |= {"show_values": show_values, "seed": about.seed}
    with progress() as told:
        told("loading", 0, 0)
        lm, texts = about.load(max_texts)
        from infoplane.measures import audit
        from infoplane.report import report

        done = audit(lm, texts, out=folder, command=context.obj, progress=told, **settings)
        page = report(done)
    return run_result(done, page, as_json)


def _own_kinds(patterns: Sequence[str], values: Sequence[str]) -> dict[str, str | list[str]] | None:
    """The regular expression or the values of every kind that was typed; InputError for one typed twice."""
    from infoplane._cli._files import load_lines

    found: dict[str, str | list[str]] = {}
    for option, typed, like in (("--pattern", patterns, "order=#[0-9]{6}"), ("--values", values, "client=clients.txt")):
        for text in typed:
            name, right = setting_of(option, text, like)
            if name in found:
                raise InputError(one_line(f"{option} {text}", f"{name} once", "give one of them another name"))
            found[name] = right if option == "--pattern" else load_lines(Path(right))
    return found or None
