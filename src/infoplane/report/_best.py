"""The layer to quote: chosen on one split, its number from another."""

from infoplane.report._points import Point
from infoplane.report._run_data import RunData


def best_layer(run: RunData) -> Point | None:
    """I(T;Y) at the best layer from a fresh split, else the largest on the split it was chosen on; None without any."""
    fresh = run.find("best_layer", "best_layer_information")
    chosen = next((point for point in fresh if point.row.get("role") == "last"), fresh[0] if fresh else None)
    if chosen is not None:
        return chosen
    found = [point for point in run.by_layer("plane", "label_information") if point.value is not None]
    return max(found, key=lambda point: point.value or 0.0, default=None)


def is_fresh(point: Point) -> bool:
    """Whether the number comes from another split than the choice of its layer."""
    return point.row.get("quantity") == "best_layer_information"


def roles(run: RunData) -> tuple[str, ...]:
    """The states of the prompt that were read, the last token first."""
    found = {point.row.get("role") for point in run.find("plane", "label_information")}
    return tuple(role for role in ("last", "content") if role in found)
