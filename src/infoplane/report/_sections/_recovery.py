"""The section about what is read back of texts."""

from collections.abc import Sequence

from infoplane.report._figure import Figure
from infoplane.report._figures import _recovery_groups, _recovery_layers
from infoplane.report._run_data import RunData
from infoplane.report._sections import _recovery_words
from infoplane.report._sections._section import Part, said_by


def _drawn(runs: Sequence[RunData]) -> list[Figure | None]:
    return [*_recovery_layers.draws(runs), *(_recovery_groups.draw(run, runs) for run in runs)]


RECOVERY = Part(
    "recovery",
    "Read back",
    "T is a word of a text, E what is read of the text at a layer. How much of T does E hold open to a simple reader?",
    _drawn,
    says=said_by(_recovery_words.further),
)
