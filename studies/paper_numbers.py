"""What the task-space paper published (Yang et al., arXiv 2501.00999: Llama-3.1-8B on EmpatheticDialogues).

Accuracies and macro-F1 in per cent, times as printed. Its Table 2 leaves adding at step 0 and at steps 0-3 and adding
at steps 0 and 4-5 blank, and its first two rows are the same.
"""

from dataclasses import dataclass

Scores = tuple[float, float]

BASELINE: Scores = (35.35, 26.24)

TABLE_2: dict[str, dict[str, Scores]] = {
    "0": {"subtract": (14.13, 11.13)},
    "0-3": {"subtract": (14.13, 11.13)},
    "4-5": {"add": (81.92, 69.91), "subtract": (11.41, 7.81)},
    "0,4-5": {"subtract": (3.006, 2.06)},
}


@dataclass(frozen=True, slots=True)
class Published:
    """A row of Table 3."""

    accuracy: float
    macro_f1: float
    time: str | None = None

    @property
    def seconds(self) -> int | None:
        """The time in seconds, as minutes and seconds were printed."""
        if self.time is None:
            return None
        minutes, seconds = self.time.split(":")
        return 60 * int(minutes) + int(seconds)


TABLE_3: dict[str, Published] = {
    "prompt": Published(35.35, 26.24, "7:12"),
    "icl": Published(29.55, 32.45, "14:17"),
    "ic-icl": Published(43.69, 36.35, "7:37"),
    "fine-tune": Published(54.48, 53.94),
    "TS-FT": Published(55.43, 54.96),
}
