"""What is known before anything is steered: how far the directions of a plan can be trusted."""

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from infoplane._errors import InputError, one_line

if TYPE_CHECKING:
    from infoplane.spaces._space import TaskSpace

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Preflight:
    """Means over `labels` and `layers` of the sign rate and of the split-half agreement, and what is weak there.

    Agreement predicts whether steering succeeds (Braun 2025). `weak`: (label, layer) whose held-out pairs disagree with
    the direction's sign in over a quarter of cases. `flags`: words of `FLAGS` that the directions carry.
    """

    labels: tuple[str, ...]
    layers: tuple[int, ...]
    sign_rate: float
    agreement: float
    weak: tuple[tuple[str, int], ...]
    flags: tuple[str, ...]

    def __str__(self) -> str:
        weak = f"{len(self.weak)} of {len(self.labels) * len(self.layers)} directions weak"
        some = ", ".join(f"{label} at layer {layer}" for label, layer in self.weak[:_SHOWN])
        more = ", ..." if len(self.weak) > _SHOWN else ""
        return f"sign rate {self.sign_rate:.2f}, agreement {self.agreement:.2f}, {weak}" + (some and f": {some}{more}")


def preflight(space: "TaskSpace", labels: tuple[str, ...], layers: tuple[int, ...]) -> Preflight:
    """The checks of these directions; InputError for a space without checks, as a null is."""
    rows = [row for row in space.checks if row["label"] in labels and row["layer"] in layers]
    if not rows:
        raise InputError(one_line("a task space without checks", "one that was built", "ask the space of the model"))
    means = {
        name: fmean(row["value"] for row in rows if row["quantity"] == name) for name in ("sign_rate", "agreement")
    }
    weak = dict.fromkeys((row["label"], row["layer"]) for row in rows if "weak_direction" in row["flags"])
    flags = dict.fromkeys(flag for row in rows for flag in row["flags"])
    return Preflight(labels, layers, means["sign_rate"], means["agreement"], tuple(weak), tuple(flags))
