"""What an objective refuses: a batch that lacks what it reads, and settings that cannot be."""

from torch import Tensor

from infoplane._errors import InputError, one_line
from infoplane.objectives._batch import Batch


def given(batch: Batch, field: str, objective: str) -> Tensor:
    """The field of `batch` that `objective` cannot do without. Raises InputError where it is missing."""
    tensor: Tensor | None = getattr(batch, field)
    if tensor is None:
        raise InputError(one_line(f"a batch without {field}", f"what {objective} reads", f"give the Batch its {field}"))
    return tensor


def at_most_one(share: float, what: str) -> None:
    """Raise InputError where `share` is no number from 0 to 1."""
    if not 0 <= share <= 1:
        raise InputError(one_line(f"{what} {share}", "a share from 0 to 1", "give a number between them"))


def above_zero(temperature: float, objective: str) -> float:
    """`temperature` of `objective`. Raises InputError where nothing can be divided by it."""
    if not 0 < temperature < float("inf"):
        came = f"temperature {temperature} of {objective}"
        raise InputError(one_line(came, "a number above 0", "give 1 to change nothing"))
    return float(temperature)
