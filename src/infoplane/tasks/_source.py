"""Labelled texts as they were found: what every reader hands over for cleaning and splitting."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infoplane.tasks._metrics import CLASSIFICATION, SCORING

if TYPE_CHECKING:
    import pandas as pd

TRAIN, VALID, TEST, ALL = "train", "valid", "test", "all"


@dataclass(frozen=True, eq=False)
class Source:
    """One row of `frame` an example, with text columns `part`, `id`, `text`, `label`, `group` and, for pairs, `pair`.

    part: "train" (to be split), "test" (official), "all" (a single file), or already the name of a split
    label: the word, None where it is missing; for scores a number   group: what belongs together
    labels: the labels in a fixed order; where empty, those that occur, sorted
    """

    name: str
    frame: "pd.DataFrame"
    aspect: str = "label"
    noun: str = "dialogue"
    labels: tuple[str, ...] = ()
    metrics: tuple[str, ...] = CLASSIFICATION
    notes: tuple[str, ...] = ()

    @property
    def pairs(self) -> bool:
        """Whether an example is two texts."""
        return "pair" in self.frame

    @property
    def scoring(self) -> bool:
        """Whether the target is a score rather than a label."""
        return self.metrics == SCORING


def combine(parts: Mapping[str, "pd.DataFrame"]) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """One frame from official parts, and what there is to say about it.

    A test part without labels gives way to the valid part, which is then the test; so does a missing one. Otherwise
    train and valid are one. A single part is all there is.
    """
    import pandas as pd

    left = {part: frame for part, frame in parts.items() if len(frame)}
    notes: tuple[str, ...] = ()
    if TEST in left and left[TEST]["label"].isna().all():
        del left[TEST]
        notes = ("The labels of the official test part are hidden.",)
    if TRAIN in left and VALID in left and TEST not in left:
        left[TEST] = left.pop(VALID)
        notes += ("The official dev part is the test split; the other splits are made from train.",)
    roles = {TRAIN: TRAIN, VALID: TRAIN, TEST: TEST} if len(left) > 1 else dict.fromkeys(left, ALL)
    frames = [frame.assign(part=roles.get(part, ALL)) for part, frame in (left or parts).items()]
    return pd.concat(frames, ignore_index=True), notes


def cells(column: "pd.Series") -> list[Any]:
    """The cells of a column, None for every way a library has to say that one is missing."""
    return [value if there else None for value, there in zip(column, column.notna(), strict=True)]


def as_text(value: Any) -> str:
    """A cell as text, "" where it is missing; what UTF-8 cannot write becomes "?"."""
    text = "" if value is None else str(value).strip()
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def as_label(value: Any) -> str | None:
    """A cell as a word a model can say: 1.0 is "1", not_entailment is "not entailment"; None where it is missing."""
    whole = isinstance(value, float) and value.is_integer()
    return as_text(int(value) if whole else value).replace("_", " ").strip() or None


def normalised(text: str) -> str:
    """What two texts share that only differ in case, white space or the coding of a character."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
