"""What is in a page: its own part, the text a reader sees, its figures."""

import html
import json
import re
from pathlib import Path
from typing import Any

from infoplane.report import report


def page_of(*folders: Path, out: Path | None = None) -> str:
    """The page of one or two runs."""
    return report(*folders, out=out).read_text(encoding="utf-8")


def own_part(page: str) -> str:
    """The page without the drawing library, whose source speaks of many addresses it never loads here."""
    start = page.index("/**\n* plotly.js")
    return page[:start] + page[page.index("</script>", start) :]


def text_of(page: str) -> str:
    """What a reader sees: no scripts, no mark-up."""
    bare = re.sub(r"<(script|style).*?</\1>", " ", own_part(page), flags=re.DOTALL)
    plain = html.unescape(re.sub(r"<[^>]+>", " ", bare))
    return " ".join(plain.split())


def said_of(page: str) -> str:
    """The same with plain spaces before units."""
    return text_of(page).replace("\u00a0", " ").replace("\u202f", " ")


def figures(page: str) -> dict[str, dict[str, Any]]:
    """Every figure by its name, as the page's script reads it."""
    found = re.findall(
        r'<figure id="figure-([^"]+)">.*?<script type="application/json">(.*?)</script>', page, re.DOTALL
    )
    return {name: json.loads(text) for name, text in found}
