"""The head of the page: what was measured, on what, when."""

from dataclasses import dataclass

from infoplane.report._methods import accuracies
from infoplane.report._run_data import RunData


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
    pairs = (
        ("model", _model(run)),
        ("task", f"{len(run.labels)} labels of {run.aspect}" if run.labels else str(run.read.get("aspect") or "")),
        ("examples", _examples(run)),
        ("seed", str(run.note("config").get("seed", ""))),
        ("measured", str(run.about.get("created", "")).replace("T", " ")[:16]),
        ("infoplane", str(run.note("versions").get("infoplane", ""))),
    )
    return tuple((name, text) for name, text in pairs if text)


def _model(run: RunData) -> str:
    width, layers = run.read.get("width"), run.blocks and f"{run.blocks} layers"
    return ", ".join(str(part) for part in (run.read.get("kind"), layers, width and f"width {width}") if part)


def _examples(run: RunData) -> str:
    """How many examples each split had; of a run without a description, of the split that was measured or compared."""
    splits = run.read.get("splits") or {}
    counts = [f"{name} {len(split['labels']):,}" for name, split in splits.items()]
    most = max((point.n for point in run.find("plane", "label_information")), default=0)
    return ", ".join(counts) or (f"measure {most:,}" if most else _compared(run))


def _compared(run: RunData) -> str:
    """The items on which methods were compared."""
    most = max(accuracies(run), key=lambda point: point.n, default=None)
    return "" if most is None else f"{most.row.get('split') or 'compared'} {most.n:,}"
