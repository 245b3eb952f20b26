"""The head of the page: what was measured, on what, when."""

from collections.abc import Mapping
from dataclasses import dataclass

from infoplane.report._methods import accuracies
from infoplane.report._run_data import RunData
from infoplane.report._training import by_epoch, metrics, result


@dataclass(frozen=True, slots=True)
class Head:
    """One run: `letter` where there are two, and the facts as pairs of name and text."""

    letter: str
    model: str
    task: str
    facts: tuple[tuple[str, str], ...]


def heads(runs: list[RunData]) -> list[Head]:
    """The head of every run."""
    letters = ("A", "B") if len(runs) > 1 else ("",)
    return [Head(letter, run.model, run.task, _facts(run)) for letter, run in zip(letters, runs, strict=True)]


def _facts(run: RunData) -> tuple[tuple[str, str], ...]:
    known = run.before or run
    pairs = (
        ("model", _model(known)),
        ("task", _labels(known)),
        ("examples", _examples(run)),
        ("seed", str(run.note("config").get("seed", ""))),
        ("measured", str(run.about.get("created", "")).replace("T", " ")[:16]),
        ("infoplane", str(run.note("versions").get("infoplane", ""))),
    )
    return tuple((name, text) for name, text in pairs if text)


def _labels(run: RunData) -> str:
    return f"{len(run.labels)} labels of {run.aspect}" if run.labels else str(run.read.get("aspect") or "")


def _model(run: RunData) -> str:
    width, layers = run.read.get("width"), run.blocks and f"{run.blocks} layers"
    kind = run.read.get("kind") or run.note("facts").get("kind")
    return ", ".join(str(part) for part in (kind, layers, width and f"width {width}") if part)


def _examples(run: RunData) -> str:
    """How many examples each split had; of a run without a description, of the split that was measured or compared."""
    splits = run.read.get("splits") or {}
    counts = [f"{name} {len(split['labels']):,}" for name, split in splits.items()]
    most = max((point.n for point in run.find("plane", "label_information")), default=0)
    return ", ".join(counts) or (f"measure {most:,}" if most else _compared(run) or _trained(run) or _texts(run))


def _compared(run: RunData) -> str:
    """The items on which methods were compared."""
    most = max(accuracies(run), key=lambda point: point.n, default=None)
    return "" if most is None else f"{most.row.get('split') or 'compared'} {most.n:,}"


def _texts(run: RunData) -> str:
    """The texts of each split, of a run that has no labels."""
    counts = run.note("facts").get("texts")
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) if isinstance(counts, Mapping) else ""


def _trained(run: RunData) -> str:
    """The examples on which a trained network was judged."""
    first = next(iter(metrics(run)), "")
    found = [*by_epoch(run, first)[:1], *([] if (end := result(run, first)) is None else [end])]
    return ", ".join(dict.fromkeys(f"{point.row.get('split')} {point.n:,}" for point in found))
