"""From labelled texts to a task: what is left out, who is in which split."""

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from infoplane._errors import TaskError, one_line
from infoplane.tasks._listed import Listed
from infoplane.tasks._source import ALL, TRAIN, Source, normalised
from infoplane.tasks._split import Split
from infoplane.tasks._task import Task
from infoplane.tasks._template import Template

if TYPE_CHECKING:
    import pandas as pd

SHARES = {
    TRAIN: {"direction": 0.4, "measure": 0.4, "tune": 0.2},
    ALL: {"direction": 0.3, "measure": 0.4, "tune": 0.15, "test": 0.15},
}
SPLITS = ("test", "tune", "measure", "direction")  # of two equal texts, the one in the earlier split stays
FEWEST = {"direction": 4, "measure": 5}


def build(source: Source, template: Template, seed: int, listed: Listed | None = None) -> Task:
    """The task of a source: cleaned, split by group, encoded. Raises TaskError when nothing is left to measure.

    `listed`: examples to leave out.
    """
    left, notes = _Rows(source.frame), source.notes
    if listed is not None:
        seen, said = listed.among(source)
        left.drop(seen, listed.reason)
        notes += said
    left.drop(left.frame["label"].isna(), "missing label")
    left.drop(_empty(left.frame), "empty text")
    left.frame = left.frame.assign(split=_splits(left.frame, seed))
    left.order_by_split()
    left.drop(_keys(left.frame).duplicated(), "duplicate text")
    left.drop(_crossing(left.frame), "group in two splits")
    if not source.scoring:
        notes += left.drop_rare_labels()
    _check(source, left)
    labels = () if source.scoring else _label_names(source, left.frame)
    return Task(
        name=source.name,
        aspect=source.aspect,
        label_names=labels,
        splits=_encode(left.frame, labels),
        template=template,
        metrics=source.metrics,
        excluded=dict(left.excluded),
        notes=notes,
    )


class _Rows:
    """Examples that are left, and a count of those that are not."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self.frame = frame
        self.excluded: Counter[str] = Counter()

    def drop(self, rows: "pd.Series", reason: str) -> None:
        if rows.any():
            self.excluded[reason] += int(rows.sum())
            self.frame = self.frame[~rows]

    def order_by_split(self) -> None:
        order = self.frame["split"].map({name: place for place, name in enumerate(SPLITS)})
        self.frame = self.frame.iloc[np.argsort(order.to_numpy(), kind="stable")]

    def drop_rare_labels(self) -> tuple[str, ...]:
        """Leaves out labels too rare to build a direction for or to measure; says which."""
        rare = {
            label
            for split, fewest in FEWEST.items()
            for label, count in _counts(self.frame, split).items()
            if count < fewest
        }
        least = " or ".join(f"{fewest} in {split}" for split, fewest in FEWEST.items())
        reason = f"label with fewer than {least}"
        self.drop(self.frame["label"].isin(rare), reason)
        return (f"Left out, each a {reason}: {', '.join(sorted(rare))}.",) if rare else ()


def _counts(frame: "pd.DataFrame", split: str) -> dict[str, int]:
    """How many examples of every label there are in a split, 0 included."""
    counts = Counter(frame.loc[frame["split"] == split, "label"])
    return {label: counts[label] for label in frame["label"].unique()}


def _empty(frame: "pd.DataFrame") -> "pd.Series":
    empty = frame["text"] == ""
    return empty | (frame["pair"] == "") if "pair" in frame else empty


def _keys(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame[[name for name in ("text", "pair") if name in frame]].map(normalised)


def _splits(frame: "pd.DataFrame", seed: int) -> list[str]:
    return [
        drawn(SHARES[part], group, seed) if part in SHARES else part
        for part, group in zip(frame["part"], frame["group"], strict=True)
    ]


def drawn(shares: dict[str, float], group: str, seed: int) -> str:
    """The split of a group: a hash of seed and group, so that it never depends on which other groups there are."""
    digest = hashlib.blake2b(f"{seed}\0{group}".encode(), digest_size=8).digest()
    left = int.from_bytes(digest, "big") / 2**64
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return name  # the shares may add up to a little less than 1


def _crossing(frame: "pd.DataFrame") -> "pd.Series":
    """Examples whose group is in an official test, too; the test keeps it."""
    first = frame.groupby("group", sort=False)["split"].transform("first")
    return frame["split"] != first


def _check(source: Source, left: _Rows) -> None:
    labels = left.frame["label"].unique()
    out = ", ".join(f"{count} {reason}" for reason, count in left.excluded.items()) or "none"
    came = f"task {source.name} with {len(left.frame)} usable examples (left out: {out})"
    if not source.scoring and len(labels) < 2:
        told = f"{came} and {f'only the label {labels[0]!r}' if len(labels) else 'no label'}"
        raise TaskError(one_line(told, "2 labels or more", "give more examples of each label"))
    for split in SPLITS:
        if not (left.frame["split"] == split).any():
            raise TaskError(one_line(f"{came} and none in {split}", "some in every split", "give more examples"))


def _label_names(source: Source, frame: "pd.DataFrame") -> tuple[str, ...]:
    found = set(frame["label"])
    if source.labels:
        return tuple(label for label in source.labels if label in found)
    return tuple(sorted(found, key=_natural))


def _natural(label: str) -> tuple[int, str]:
    """Numbers by size, then words by letter."""
    return (int(label), label) if label.removeprefix("-").isdecimal() else (2**63, label)


def _encode(frame: "pd.DataFrame", labels: tuple[str, ...]) -> dict[str, Split]:
    groups = frame["group"].factorize()[0].astype(np.int64)
    code: Any = {label: index for index, label in enumerate(labels)}
    values = frame["label"].map(code) if labels else frame["label"].astype(float)
    numbers = np.asarray(values, np.float64)
    splits = {}
    for name in reversed(SPLITS):
        rows = (frame["split"] == name).to_numpy()
        own = frame[rows]
        splits[name] = Split(
            texts=tuple(own["text"]),
            labels=np.rint(numbers[rows]).astype(np.int64),
            groups=groups[rows],
            ids=tuple(own["id"]),
            pairs=tuple(own["pair"]) if "pair" in own else None,
            scores=None if labels else numbers[rows],
        )
    return splits
