"""The page a person looks at, made from a run's ledger and artifacts alone.

The package can be called: `infoplane.report(run)` is `infoplane.report.report(run)`, however it was imported.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from infoplane.report._report import report

if TYPE_CHECKING:
    from infoplane.runs import Run

__all__ = ["report"]


class _CallablePackage(ModuleType):
    """A package whose name is also the name of its one function."""

    def __call__(
        self, run: "Run | str | Path", other: "Run | str | Path | None" = None, *, out: str | Path | None = None
    ) -> Path:
        """The page of `run`, as `report` writes it."""
        return report(run, other, out=out)


sys.modules[__name__].__class__ = _CallablePackage
