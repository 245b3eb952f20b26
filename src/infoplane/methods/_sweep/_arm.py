"""What is swept: arms (a method on a task), their configurations, and the trainings they ask for."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.tasks import Task

Value = bool | int | float | str
Configuration = Mapping[str, Value]
Grid = Mapping[str, Sequence[Value]]

_LONGEST = 80


@dataclass(frozen=True, eq=False)
class Job:
    """One training: `method` on `task` with the values of a configuration and a seed."""

    task: "Task"
    method: str
    configuration: Configuration
    seed: int

    @property
    def folder(self) -> str:
        """A name for its directory: readable, and never that of another job of a sweep."""
        said = f"{self.task.name}.{self.method}.{said_of(self.configuration)}.seed={self.seed}"
        name = re.sub(r"[^A-Za-z0-9.,=+-]+", "-", said).strip("-.")
        return f"{name[-_LONGEST:].strip('-.')}.{hashlib.sha256(said.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, eq=False)
class Arm:
    """A method on a task, with the values its settings may take and the seeds it is run with."""

    task: "Task"
    method: str
    grid: Grid
    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        """What the arm is called in a study and in progress."""
        return f"{self.task.name} {self.method}"

    def job(self, configuration: Configuration, seed: int) -> Job:
        """One training of the arm."""
        return Job(self.task, self.method, configuration, seed)


def said_of(configuration: Configuration) -> str:
    """A configuration as it is read: "weight=0.1, temperature=2"; "default" where nothing is varied."""
    return ", ".join(f"{name}={value}" for name, value in configuration.items()) or "default"


def configurations(grid: Grid) -> list[dict[str, Value]]:
    """Every combination of the values of `grid`, the last name varying fastest; one, empty, of an empty grid."""
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def check_grid(method: str, grid: Grid) -> dict[str, list[Value]]:
    """`grid` with plain lists; InputError for names without values, values twice, and what is no plain value."""
    for name, values in grid.items():
        plain = isinstance(values, Sequence) and not isinstance(values, str)
        if not plain or not values or not all(isinstance(value, bool | int | float | str) for value in values):
            came = f"values {values!r} of {name} of {method}"
            raise InputError(one_line(came, "a list of numbers or words", f"give {name} at least one value"))
        if len(set(values)) != len(values):
            came = f"values {', '.join(map(str, values))} of {name} of {method}"
            raise InputError(one_line(came, "each value once", "leave out what is there twice"))
    return {name: list(values) for name, values in grid.items()}
