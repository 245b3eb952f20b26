"""The section about what can be read back of what should stay private."""

from collections.abc import Sequence

from infoplane.report._audit import NAMED, READ
from infoplane.report._figure import Figure
from infoplane.report._figures import _audit_kinds
from infoplane.report._run_data import RunData
from infoplane.report._sections import _audit_tables, _audit_words
from infoplane.report._sections._section import Part, said_by


def _drawn(runs: Sequence[RunData]) -> list[Figure | None]:
    return [_audit_kinds.draw(run, quantity, runs) for quantity in (READ, NAMED) for run in runs]


AUDIT = Part(
    "audit",
    "Audit",
    "Spans that should stay private, read back from what is stored of a text by a reader fitted on other documents.",
    _drawn,
    says=said_by(_audit_words.further),
    tables=lambda runs: [_audit_tables.examples(run, runs) for run in runs],
)
