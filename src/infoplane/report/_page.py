"""The page put together from its parts and templates."""

import re
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from infoplane._version import __version__
from infoplane.report._run_data import RunData
from infoplane.report._sections import _care, _differences, _head, _measured, _numbers, _reproduce, _summary

_SCRIPTS = ("labels.js", "turn.js", "draw.js", "tables.js")


def render(runs: Sequence[RunData]) -> str:
    """The whole page of one or two runs as one string that needs no other file."""
    files = PackageLoader("infoplane.report", "_assets")
    pages = Environment(
        loader=files,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["tied"] = _tied
    return pages.get_template("page.html").render(_parts(runs) | _assets(pages, files))


def _tied(text: str) -> str:
    """No line breaks between a number and its unit."""
    return re.sub(r"(\d) (?=%|bits|points|of \d)", "\\1\N{NO-BREAK SPACE}", text)


def _parts(runs: Sequence[RunData]) -> dict[str, Any]:
    runs = list(runs)
    return {
        "heads": _head.heads(runs),
        "summaries": [(_summary.sentences(run), _summary.cards(run)) for run in runs],
        "differences": _differences.differences(runs),
        "sections": _measured.sections(runs),
        "examples": [example for run in runs for example in (run.tokens.get("examples") or [])[:6]],
        "warnings": _care.warnings(runs),
        "tables": _numbers.tables(runs),
        "recipes": _reproduce.recipes(runs),
        "version": __version__,
    }


def _assets(pages: Environment, files: PackageLoader) -> dict[str, Any]:
    """Files that stand in the page as they are; they belong to the package, nothing from outside is in them."""

    def source(name: str) -> Markup:
        return Markup(files.get_source(pages, name)[0])

    return {
        "css": source("page.css"),
        "scripts": Markup("\n").join(source(name) for name in _SCRIPTS),
        "plotly": Markup(get_plotlyjs()),
    }
