"""What a person looks at: how many spans of each kind there are, and some of them beside what was read."""

import json
from collections.abc import Mapping
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from infoplane.measures._audit._asked import Asked
from infoplane.measures._audit._attack import Outcome
from infoplane.measures._audit._said import CAVEATS
from infoplane.runs import write_atomic

FILE = "spans.json"
_EXAMPLES = 20
_TOLD = 4  # letters of a value whose first one is shown


def keep_shown(
    artifacts: Path,
    asked: Asked,
    found: Mapping[str, Outcome],
    guessed: Mapping[str, Outcome],
    where: Mapping[str, Any],
    *,
    show_values: bool,
) -> None:
    """Write `spans.json`: counts by kind and split, and of each kind up to 20 test spans, the kinds by turns."""
    of_kinds = [_examples(kind, asked, found[kind], guessed[kind], show_values) for kind in asked.kinds]
    by_turns = [one for one in chain.from_iterable(zip_longest(*of_kinds)) if one is not None]
    told = {"counts": asked.counts, "masked": not show_values, "says": CAVEATS, **where, "examples": by_turns}
    write_atomic(artifacts / FILE, json.dumps(told, indent=2))


def masked(value: str) -> str:
    """The first letter of a `value` of four or more and stars, which tell no length; a shorter one is stars alone."""
    return value[: len(value) >= _TOLD] + "***"


def _examples(
    kind: str, asked: Asked, found: Outcome, guessed: Outcome, show_values: bool
) -> list[dict[str, str | bool]]:
    lines = zip(asked.values("test", kind), found.written, guessed.written, strict=True)
    return [
        {"kind": kind, "span": said(true), "state": said(read), "without": said(guess), "right": read == true}
        for true, read, guess in list(lines)[:_EXAMPLES]
        for said in [_shown if show_values else _masked]
    ]


def _shown(value: bytes) -> str:
    return value.decode(errors="replace")


def _masked(value: bytes) -> str:
    return masked(_shown(value))
