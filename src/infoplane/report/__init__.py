"""The page a person looks at, made from a run's ledger and artifacts alone.

The package can be called: `infoplane.report(run)` is `infoplane.report.report(run)`, however it was imported.
"""

import sys
from types import ModuleType

from infoplane.report._report import report

__all__ = ["report"]


class _CallablePackage(ModuleType):
    """A package whose name is also the name of its one function."""

    __call__ = staticmethod(report)


sys.modules[__name__].__class__ = _CallablePackage
