"""What a report knows of a run: run.json, the rows of its ledger and the summaries in artifacts/."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from infoplane._errors import RunError, one_line
from infoplane.report._points import Point
from infoplane.runs import Ledger

Row = dict[str, Any]

_ARTIFACTS = {
    "space": "space",
    "tokens": "steps",
    "read": "saved",
    "compared": "methods",
    "steered": "key_steps",
    "swept": "sweep",
    "spans": "spans",
}


@dataclass(frozen=True)
class RunData:
    """One run: `about` is run.json, `rows` its ledger; the rest comes from artifacts/ or is empty.

    `space` is the summary of the task space, `tokens` the tokens by step and example answers, `read` what was read of
    which model and task, `compared` the table of methods, `steered` the tokens that examples emit when steered,
    `swept` the table of a sweep, `spans` examples of an audit. `named`: what it is called instead of its model, as a
    run within another.
    """

    path: Path
    about: Mapping[str, Any]
    rows: list[Row]
    space: Mapping[str, Any] = field(default_factory=dict)
    tokens: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)
    compared: Mapping[str, Any] = field(default_factory=dict)
    steered: Mapping[str, Any] = field(default_factory=dict)
    swept: Mapping[str, Any] = field(default_factory=dict)
    spans: Mapping[str, Any] = field(default_factory=dict)
    named: str = ""

    @classmethod
    def of(cls, path: Path) -> Self:
        """The run in directory `path`; RunError, one line, where there is none or it holds no number yet."""
        if not (path / "run.json").is_file():
            do = "give a directory that an infoplane command made with --out"
            raise RunError(one_line(f"no run.json in {path}", "a run directory", do))
        rows = Ledger(path / "ledger.jsonl", read_only=True).rows()
        if not rows:
            raise RunError(one_line(f"run {path} with an empty ledger", "at least one number", "finish the run first"))
        about = _object(path / "run.json")
        kept = {name: _object(path / "artifacts" / f"{file}.json") for name, file in _ARTIFACTS.items()}
        return cls(path, about, rows, named="", **kept)

    def within(self, folder: str, named: str) -> Self | None:
        """The run in a folder of this one, called `named`; None where there is none with a number."""
        path = self.path / folder / "ledger.jsonl"
        return replace(type(self).of(path.parent), named=named) if path.is_file() and path.stat().st_size else None

    @cached_property
    def before(self) -> "RunData | None":
        """What was measured of the network before it was trained."""
        return self.within("before", "before training")

    @cached_property
    def after(self) -> "RunData | None":
        """What was measured of the network after it was trained, in a task space of its own."""
        return self.within("after", "after training")

    @cached_property
    def inherited(self) -> "RunData | None":
        """What was measured of the network after it was trained, in the task space from before."""
        return self.within("inherited", "after training, in the space from before")

    @property
    def everything(self) -> list[Row]:
        """The rows of this run and of those within it."""
        inner = (self.before, self.after, self.inherited)
        return [*self.rows, *(row for run in inner if run is not None for row in run.rows)]

    @cached_property
    def _index(self) -> dict[tuple[str, str], list[Row]]:
        index: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            index[str(row.get("measure")), str(row.get("quantity"))].append(row)
        return dict(index)

    def find(self, measure: str, quantity: str, **coordinates: Any) -> list[Point]:
        """The numbers of a quantity at `coordinates`; a coordinate that is not named may be anything."""
        rows = self._index.get((measure, quantity), [])
        return [Point.of(row) for row in rows if all(row.get(key) == value for key, value in coordinates.items())]

    def one(self, measure: str, quantity: str, **coordinates: Any) -> Point | None:
        """The first of `find`, or None."""
        return next(iter(self.find(measure, quantity, **coordinates)), None)

    def by_layer(self, measure: str, quantity: str, **coordinates: Any) -> list[Point]:
        """The numbers of a quantity in the order of their layers, those of no layer left out."""
        found = [point for point in self.find(measure, quantity, **coordinates) if point.layer is not None]
        return sorted(found, key=lambda point: point.layer or 0)

    def has(self, measure: str, *quantities: str) -> bool:
        """Whether the ledger has a number of `measure`, of one of `quantities` where some are named."""
        return any(key[0] == measure and (not quantities or key[1] in quantities) for key in self._index)

    def measures(self) -> dict[str, int]:
        """How many rows each measure has, in the order of the ledger."""
        counts: dict[str, int] = defaultdict(int)
        for row in self.rows:
            counts[str(row.get("measure"))] += 1
        return dict(counts)

    def note(self, name: str) -> Mapping[str, Any]:
        """One of the mappings of run.json: config, versions or facts; empty where it is not there."""
        found = self.about.get(name)
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def blocks(self) -> int:
        """Number of blocks of the model, or the highest layer with a number."""
        layers = (row["layer"] for row in self.rows if isinstance(row["layer"], int))
        return int(self.read.get("blocks") or self.note("facts").get("blocks") or max(layers, default=0))

    @cached_property
    def labels(self) -> list[str]:
        """The labels' names, empty where nothing in artifacts/ has them."""
        return [str(label) for label in self.read.get("labels") or self.space.get("labels") or []]

    @cached_property
    def model(self) -> str:
        """The model's name, of a folder its last part."""
        return self.named or self._name("model")

    @cached_property
    def task(self) -> str:
        """The task's name, of a folder its last part; of several all of them, or how many they are."""
        tasks = list(dict.fromkeys(str(row["task"]) for row in self.rows if row["task"]))
        if len(tasks) < 2:
            return self._name("task")
        return " and ".join(tasks) if len(tasks) == 2 else f"{len(tasks)} tasks"

    @cached_property
    def aspect(self) -> str:
        """The word for what the labels are, `label` where none is noted."""
        return str(self.read.get("aspect") or "label")

    def _name(self, what: str) -> str:
        named = (row[what] for row in self.rows if row[what])
        name = str(next(named, None) or self.note("config").get(what) or f"unnamed {what}")
        return Path(name).name if name.startswith((".", "~")) or Path(name).is_absolute() else name


def _object(path: Path) -> Mapping[str, Any]:
    """A JSON object in a file, empty where there is no file; RunError where it is something else."""
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise RunError(one_line(f"file {path} that is no JSON object", "what a run wrote there", "measure again"))
    return found
