"""How to make the same numbers again."""

from collections.abc import Sequence
from dataclasses import dataclass

from infoplane.report._run_data import RunData
from infoplane.report._words import flat, number

Pairs = tuple[tuple[str, str], ...]

_FINGERPRINT = "_fingerprint"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one run was made with."""

    name: str
    command: str
    config: Pairs
    versions: Pairs
    fingerprints: Pairs
    excluded: Pairs
    truncated: Pairs
    notes: tuple[str, ...]
    took: str
    rows: str
    finished: bool


def recipes(runs: Sequence[RunData]) -> list[Recipe]:
    """The recipe of every run."""
    return [_recipe(run, letter) for run, letter in zip(runs, ("A", "B") if len(runs) > 1 else ("",), strict=True)]


def _recipe(run: RunData, name: str) -> Recipe:
    facts, seconds = run.note("facts"), run.note("facts").get("seconds")
    counts = ", ".join(f"{measure} {count:,}" for measure, count in run.measures().items())
    config = flat(run.note("config"))
    return Recipe(
        name=name,
        command=str(facts.get("command") or ""),
        config=tuple(pair for pair in config if not pair[0].endswith(_FINGERPRINT)),
        versions=tuple(flat(run.note("versions"))),
        fingerprints=tuple(
            (key.removesuffix(_FINGERPRINT), text) for key, text in config if key.endswith(_FINGERPRINT)
        ),
        excluded=tuple(flat(facts.get("excluded") or {})),
        truncated=tuple((split, str(count)) for split, count in (facts.get("truncated") or {}).items() if count),
        notes=tuple(str(note) for note in facts.get("notes") or ()),
        took=number(float(seconds), "seconds") if isinstance(seconds, int | float) else "",
        rows=f"{len(run.rows):,} ({counts})",
        finished=bool(run.about.get("finished")),
    )
