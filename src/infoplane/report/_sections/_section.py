"""A part of the page: how it is made and what it holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infoplane.report._figure import Figure
from infoplane.report._run_data import RunData
from infoplane.report._sections._table import Table

Runs = Sequence[RunData]


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences about one run; `letter` where there are two."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. `absent`: the one line that stands there when nothing can be drawn."""

    name: str
    title: str
    lead: str
    figures: tuple[Figure, ...]
    absent: str
    says: tuple[Said, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.figures or self.tables)


@dataclass(frozen=True, slots=True)
class Part:
    """How a section is made: `draw` its figures, `says` what they show in words, `tables` their numbers.

    `absent`: what to say without figures; empty for a part that few runs have, which is then left out.
    """

    name: str
    title: str
    lead: str
    draw: Callable[[Runs], list[Figure | None]]
    absent: str = ""
    says: Callable[[Runs], list[Said]] | None = None
    tables: Callable[[Runs], list[Table | None]] | None = None

    def section(self, runs: Runs) -> Section:
        """The section of `runs`."""
        return Section(
            self.name,
            self.title,
            self.lead,
            tuple(figure for figure in self.draw(runs) if figure is not None),
            self.absent,
            tuple(self.says(runs)) if self.says else (),
            tuple(table for table in self.tables(runs) if table is not None) if self.tables else (),
        )


def said_by(say: Callable[[RunData], list[str]]) -> Callable[[Runs], list[Said]]:
    """The sentences of every run, under its letter where there are two."""

    def words(runs: Runs) -> list[Said]:
        letters = ("A", "B") if len(runs) > 1 else ("",)
        said = [Said(letter, " ".join(say(run))) for letter, run in zip(letters, runs, strict=True)]
        return [one for one in said if one.text]

    return words
