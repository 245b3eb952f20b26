"""What is read back from states, as it stands in the ledger: by layer and pooling, by group of words."""

from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE = "recoverability"
STATE, PLACE, UNTRAINED, RELABELLED = "state", "position", "untrained", "relabelled"
INFORMATION, USABLE, CERTIFIED = "recovery_information", "usable_information", "certified_information"
ACCURACY, SELECTIVITY = "recovery_accuracy", "recovery_selectivity"
FORGETTING, GAIN, ENTROPY = "recovery_forgetting", "recovery_gain", "text_entropy"
FANO = {
    "fano_information": "Fano",
    "fano_prior_information": "Fano with a prior",
    "fano_list_information": "Fano, ten guesses",
}
POOLINGS = {
    "mean": "mean of the tokens",
    "last": "last token",
    "cls": "first token (CLS)",
    "own": "state of each token",
}


def poolings(run: RunData) -> list[str]:
    """What was read of a text, in the order of the ledger."""
    found = run.find(MEASURE, INFORMATION, method=STATE, label=None)
    return list(dict.fromkeys(str(point.row.get("role")) for point in found if isinstance(point.layer, int)))


def pooling_name(pooling: str) -> str:
    """A pooling in words."""
    return POOLINGS.get(pooling, pooling)


def by_layer(run: RunData, quantity: str, pooling: str, method: str = STATE) -> list[Point]:
    """A quantity of all words in the order of layers; the state behind the last norm is no layer."""
    found = run.find(MEASURE, quantity, role=pooling, method=method, label=None)
    return sorted((one for one in found if isinstance(one.layer, int)), key=lambda one: one.layer or 0)


def at_layer(run: RunData, quantity: str, pooling: str, layer: int | None, label: str | None = None) -> Point | None:
    """A quantity at one layer."""
    return run.one(MEASURE, quantity, role=pooling, method=STATE, layer=layer, label=label)


def of_pooling(run: RunData, quantity: str, pooling: str) -> Point | None:
    """A number of all layers of a pooling, as what is forgotten."""
    return run.one(MEASURE, quantity, role=pooling, method=STATE, label=None)


def of_place(run: RunData, quantity: str) -> Point | None:
    """A number of what the place of a word alone tells of it."""
    return run.one(MEASURE, quantity, method=PLACE, label=None)


def of_texts(run: RunData, quantity: str) -> Point | None:
    """A number of the texts alone, as their entropy."""
    return run.one(MEASURE, quantity, label=None)


def peak(run: RunData, pooling: str) -> Point | None:
    """What is read at the layer where most is, chosen as the run chose it; None without rows."""
    found, chosen = by_layer(run, INFORMATION, pooling), of_pooling(run, "recovery_peak", pooling)
    named = [point for point in found if chosen is not None and point.layer == chosen.layer]
    return max(named or found, key=lambda point: point.value or 0.0, default=None)


def last(run: RunData, pooling: str) -> Point | None:
    """What is read at the last layer."""
    return next(iter(by_layer(run, INFORMATION, pooling)[::-1]), None)


def groups(run: RunData, pooling: str) -> list[str]:
    """The groups of words, by frequency and by class, in the order of the ledger."""
    found = (point.row.get("label") for point in run.find(MEASURE, ACCURACY, role=pooling, method=STATE))
    return list(dict.fromkeys(str(label) for label in found if label is not None))
