"""What to be careful about: every warning of the ledger, what it means and what to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.estimators import FLAGS
from infoplane.report._run_data import RunData
from infoplane.report._words import QUANTITIES

_UNKNOWN = ("This version does not know the word.", "Open the report with the version that measured the run.")
_MOST = 3


@dataclass(frozen=True, slots=True)
class Warned:
    """A flag, its meaning and remedy, how many numbers carry it in every run, and which."""

    flag: str
    meaning: str
    remedy: str
    counts: tuple[int, ...]
    which: str


def warnings(runs: Sequence[RunData]) -> list[Warned]:
    """The flags of all runs, the most frequent first; those that only inform come last."""
    counts = [Counter(flag for row in run.everything for flag in row.get("flags") or ()) for run in runs]
    words = sorted(
        set().union(*counts), key=lambda word: (word == "fresh_split", -max(count[word] for count in counts), word)
    )
    return [
        Warned(word, *FLAGS.get(word, _UNKNOWN), tuple(count[word] for count in counts), _which(runs, word))
        for word in words
    ]


def _which(runs: Sequence[RunData], flag: str) -> str:
    """The quantities that carry `flag`, most frequent first, and the layers or labels where those are few."""
    rows = [row for run in runs for row in run.everything if flag in (row.get("flags") or ())]
    quantities = [
        QUANTITIES.get(name, name.replace("_", " "))
        for name, _ in Counter(str(row.get("quantity")) for row in rows).most_common()
    ]
    named = ", ".join(quantities[:_MOST]) + (f" and {len(quantities) - _MOST} more" if len(quantities) > _MOST else "")
    for what in ("label", "layer", "step"):
        places = sorted({row[what] for row in rows if row.get(what) is not None}, key=str)
        if 0 < len(places) <= 4 and all(row.get(what) is not None for row in rows):
            return f"{named}; {what} {', '.join(map(str, places))}"
    return named
