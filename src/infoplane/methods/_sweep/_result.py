"""What came of one training, as a study keeps it: small enough for a database, enough for every test."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import RunError, one_line
from infoplane.estimators import Estimate

if TYPE_CHECKING:
    from infoplane.runs import Run

Bools = NDArray[np.bool_]
Metrics = dict[str, Estimate]

PREDICTIONS = "predictions.safetensors"
_LOGITS, _LABELS = "test.logits", "test.labels"


@dataclass(frozen=True, eq=False)
class Result:
    """Metrics at the chosen epoch on `tune` and `test`, and which items of test (n,) it had right.

    right  None for a task of scores   epoch  the chosen one   seconds  that the training took
    """

    tune: Metrics
    test: Metrics
    right: Bools | None
    epoch: int | None
    seconds: float | None

    @classmethod
    def read(cls, run: "Run") -> Self:
        """The result of a finished run of `finetune`; RunError for one that has none."""
        rows = [row for row in run.ledger.filter(measure="finetune") if row["split"] in ("tune", "test")]
        test = {row["quantity"]: row for row in rows if row["split"] == "test" and row["role"] is None}
        epoch = next((row["epoch"] for row in test.values()), None)
        tune = {row["quantity"]: row for row in rows if row["split"] == "tune" and row["epoch"] == epoch}
        if not test or not tune:
            came = f"run {run.path} without metrics of its test and tune splits"
            raise RunError(one_line(came, "a finished training", "delete it, then the same command continues"))
        right = _right(run.artifacts / PREDICTIONS)
        seconds = run.facts.get("seconds")
        return cls(_estimates(tune), _estimates(test), right, epoch, seconds)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "tune": {name: estimate.as_dict() for name, estimate in self.tune.items()},
            "test": {name: estimate.as_dict() for name, estimate in self.test.items()},
            "right": None if self.right is None else base64.b64encode(np.packbits(self.right).tobytes()).decode(),
            "items": None if self.right is None else len(self.right),
            "epoch": self.epoch,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Self:
        """What `as_dict` gave."""
        right = None
        if kept["right"] is not None:
            packed = np.frombuffer(base64.b64decode(kept["right"]), np.uint8)
            right = np.unpackbits(packed, count=kept["items"]).astype(bool)
        return cls(_estimates(kept["tune"]), _estimates(kept["test"]), right, kept["epoch"], kept["seconds"])


def _estimates(rows: dict[str, dict[str, Any]]) -> Metrics:
    return {name: Estimate.from_dict(row) for name, row in rows.items()}


def _right(path: Path) -> Bools | None:
    """Of every item whether the highest score is its label's; None for scores without classes."""
    from safetensors.numpy import load_file

    kept = load_file(path)
    logits, labels = kept[_LOGITS], kept[_LABELS]
    if logits.ndim != 2 or logits.shape[1] < 2:
        return None
    return np.asarray(logits.argmax(axis=1) == labels)
