"""Small tasks whose truth is known."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

MOODS = ("calm", "cross", "glad")


def moods_file(path: Path, *, told: bool, rows: int = 300, moods: Sequence[str] = MOODS) -> Path:
    """A CSV of short texts; `told`: the text names the mood, otherwise the mood has nothing to do with it."""
    rng = np.random.default_rng(0)
    lines = ["text,label"]
    for day, mood in enumerate(rng.integers(len(moods), size=rows)):
        said = f" and was {moods[mood]}" if told else ""
        lines.append(f"On day {day} I went {rng.choice(['out', 'home', 'away'])}{said},{moods[mood]}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
