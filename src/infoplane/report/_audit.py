"""What an audit found, as it stands in the ledger: by kind, at one layer and pooling."""

from dataclasses import dataclass
from typing import Any

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, STATE, WITHOUT, EXCHANGED = "audit", "state", "without", "exchanged"
READ, NAMED = "span_recovery", "span_identification"
CHARACTERS = "span_characters"
METHODS = {STATE: "with the state", WITHOUT: "guessed without it", EXCHANGED: "with that of another text"}
GUESSED = "not_above_guessing"


@dataclass(frozen=True, slots=True)
class Place:
    """A layer and what was read of a text there."""

    layer: int | str | None
    pooling: str

    @property
    def words(self) -> str:
        """As a reader says it."""
        at = "final state" if self.layer == "final" else f"layer {self.layer}"
        return f"{at}, {self.pooling}"


def places(run: RunData) -> list[Place]:
    """Where states were read, in the order of the ledger."""
    rows = (row for row in run.rows if row.get("measure") == MEASURE and row.get("method") == STATE)
    return list(dict.fromkeys(Place(row.get("layer"), str(row.get("role"))) for row in rows))


def kinds(run: RunData) -> list[str]:
    """The kinds that were looked for, in the order of the ledger."""
    rows = (row for row in run.rows if row.get("measure") == MEASURE)
    return list(dict.fromkeys(str(row["label"]) for row in rows if row.get("label") is not None))


def number_of(run: RunData, quantity: str, kind: str, place: Place, method: str = STATE) -> Point | None:
    """A number of a kind; one that needs no state stands at any place."""
    where: dict[str, Any] = {"label": kind, "method": method}
    here = run.one(MEASURE, quantity, **where, layer=place.layer, role=place.pooling)
    return here or (None if method == STATE else run.one(MEASURE, quantity, **where))


def certified(run: RunData, quantity: str, kind: str, place: Place) -> Point | None:
    """What is proven of a quantity."""
    return run.one(MEASURE, f"certified_{quantity}", label=kind, layer=place.layer, role=place.pooling)


def proven(run: RunData, quantity: str, kind: str, place: Place) -> Point | None:
    """The same where it is above what is guessed without the state; None where it is not."""
    found = certified(run, quantity, kind, place)
    return None if found is None or not found.value or GUESSED in found.flags else found


def caveats(run: RunData) -> list[str]:
    """What a person has to know to read the audit, as the run says it."""
    return [str(one) for one in run.spans.get("says") or []]
