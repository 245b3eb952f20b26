"""What came of one training, as a study keeps it: small enough for a database, enough for every test."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import RunError, one_line
from infoplane.estimators import Estimate
from infoplane.methods._training._keeping import load_predictions

if TYPE_CHECKING:
    from infoplane.runs import Run

Bools = NDArray[np.bool_]
Metrics = dict[str, Estimate]

_CHOSEN = "chosen"


@dataclass(frozen=True, eq=False)
class Result:
    """Of the chosen epoch: what it was chosen by, the metrics on the test split, which items there (n,) were right.

    held  metrics on the examples that choose the epoch   epoch  the chosen one   seconds  that the training took
    """

    held: Metrics
    test: Metrics
    right: Bools
    epoch: int
    seconds: float

    @classmethod
    def read(cls, run: "Run") -> Self:
        """The result of a finished run of `finetune`; RunError for one that has none."""
        rows = run.ledger.filter(measure="finetune")
        test = {row["quantity"]: row for row in rows if row["role"] == _CHOSEN}
        if not run.finished or not test:
            came = f"run {run.path} without metrics of a chosen epoch"
            raise RunError(one_line(came, "a finished training", "delete it, then the same command continues"))
        epoch = next(iter(test.values()))["epoch"]
        held = {row["quantity"]: row for row in rows if row["epoch"] == epoch and row["role"] is None}
        kept = load_predictions(run.path)
        right = kept["test.scores"].argmax(axis=1) == kept["test.labels"]
        return cls(_estimates(held), _estimates(test), right, epoch, run.facts["seconds"])

    def as_dict(self) -> dict[str, Any]:
        """Plain values; which items were right as their bits in base 64."""
        return {
            "held": {name: estimate.as_dict() for name, estimate in self.held.items()},
            "test": {name: estimate.as_dict() for name, estimate in self.test.items()},
            "right": base64.b64encode(np.packbits(self.right).tobytes()).decode(),
            "items": len(self.right),
            "epoch": self.epoch,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Self:
        """What `as_dict` gave."""
        packed = np.frombuffer(base64.b64decode(kept["right"]), np.uint8)
        right = np.unpackbits(packed, count=kept["items"]).astype(bool)
        return cls(_estimates(kept["held"]), _estimates(kept["test"]), right, kept["epoch"], kept["seconds"])


def _estimates(rows: dict[str, dict[str, Any]]) -> Metrics:
    return {name: Estimate.from_dict(row) for name, row in rows.items()}
