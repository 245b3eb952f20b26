"""What a dose of nats buys and costs: the numbers of a run, and how they are shown."""

from dataclasses import dataclass

from infoplane.report._house import INPUT, LABEL, LENS
from infoplane.report._points import Point
from infoplane.report._run_data import RunData

MEASURE, PLAIN, RANDOM = "dose", "plain", "random"


@dataclass(frozen=True, slots=True)
class Panel:
    """A quantity over the dose."""

    quantity: str
    title: str
    colour: str


@dataclass(frozen=True, slots=True)
class Curves:
    """A figure of panels over the same doses."""

    name: str
    title: str
    about: str
    panels: tuple[Panel, ...]


CURVES = (
    Curves(
        "dose-gain",
        "What a dose buys",
        "The dose is the divergence of the steered next token from the plain one as it was measured, in nats; a nat "
        "is 1.44 bits. Top: how much the next token then says about which label was told; it cannot exceed the dose, "
        "the dashed line. "
        "Middle: that as a share of the dose. Bottom: by how much the told label gains in log-probability among the "
        "labels. Random directions of the same dose (grey) are the null: a dose that buys no more than they do changes "
        "the output without saying anything.",
        (
            Panel("transferred_information", "information transferred, nats", LABEL),
            Panel("transfer_efficiency", "share of the dose", LENS),
            Panel("label_gain", "gain of the told label, nats", INPUT),
        ),
    ),
    Curves(
        "dose-cost",
        "What it costs elsewhere",
        "The same doses on text that has nothing to do with the task: loss in nats a token, where higher is worse, and "
        "accuracy on another task. The dashed line is the model without steering. Random directions of the same dose "
        "show what any push of that size costs.",
        (
            Panel("neutral_loss", "loss on neutral text, nats a token", LABEL),
            Panel("elsewhere_accuracy", "accuracy on another task", LENS),
        ),
    ),
)


def asked(point: Point) -> float:
    """The dose in nats that a number belongs to."""
    return float(point.row["dose"])


def dosed(run: RunData, quantity: str) -> list[Point]:
    """The numbers of a quantity that belong to a dose, in its order, in nats where they are information."""
    found = [point.in_nats for point in run.find(MEASURE, quantity) if isinstance(point.row.get("dose"), int | float)]
    return sorted((point for point in found if point.value is not None), key=asked)


def spent(run: RunData, point: Point) -> float:
    """The divergence that was measured at the dose of a number, or the dose asked for where none was."""
    place = {name: point.row.get(name) for name in ("method", "dose", "role")}
    found = run.one(MEASURE, "divergence", **place)
    return found.in_nats.value or asked(point) if found is not None else asked(point)


def unsteered(run: RunData, quantity: str) -> Point | None:
    """The number of a quantity without steering."""
    found = run.one(MEASURE, quantity, method=PLAIN)
    return None if found is None else found.in_nats
