"""What was asked: the types at the slots of some texts, and how much there was to know about them."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from infoplane._errors import InputError, one_line
from infoplane.estimators._arrays import Floats, Ints, as_groups, same_length
from infoplane.estimators._containers import as_array


@dataclass(frozen=True, slots=True)
class TargetSlots:
    """The types at n slots; made by `of`, which checks them.

    `targets` (n,): codes 0, 1, ... of the types. `bins` (n,): 0, 1, ... what is known without the state, such as the
    position. `groups` (n,): 0, 1, ... the documents, which are independent of each other.
    """

    targets: Ints
    bins: Ints
    groups: Ints

    @classmethod
    def of(cls, targets: Any, bins: Any = None, groups: Any = None) -> Self:
        """Slots of `targets` (n,), codes from 0; one bin without `bins` (n,), each its own document without `groups`.

        Raises InputError for codes that are no whole numbers of at least 0, and for unequal lengths.
        """
        codes = as_codes(targets, "targets")
        known = np.zeros(len(codes), dtype=np.int64) if bins is None else as_codes(bins, "bins")
        same_length(len(codes), bins=known)
        return cls(codes, known, as_groups(groups, len(codes)))

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: Ints) -> Self:
        """The slots `rows` alone."""
        groups = as_groups(self.groups[rows], len(rows))  # counted from 0 again
        return type(self)(self.targets[rows], self.bins[rows], groups)

    def one_each(self, seed: int) -> Ints:
        """Rows (documents,) of one slot of each document, drawn uniformly; same groups and seed, same rows."""
        order = np.random.default_rng([seed, 5]).permutation(len(self))
        return order[np.unique(self.groups[order], return_index=True)[1]]

    def and_more(self, others: Self | None) -> Self:
        """These slots followed by `others`, whose documents are other ones."""
        if others is None:
            return self
        joined = (np.concatenate([self.targets, others.targets]), np.concatenate([self.bins, others.bins]))
        return type(self)(*joined, np.concatenate([self.groups, others.groups + self.groups.max() + 1]))

    def surprisals(self) -> Floats:
        """-log p(t|bin) (n,) by the frequencies among these very slots: the mean is the plug-in H(T|bin) in nats.

        H(T|bin) is concave in the joint distribution, so the plug-in is below it in mean, as that of H(T) is.
        """
        cells, times = np.unique(self._cells, return_inverse=True, return_counts=True)[1:]
        return np.asarray(np.log(np.bincount(self.bins)[self.bins] / times[cells]))

    def unseen(self) -> tuple[float, float]:
        """Share of the slots that are the only ones of their cell, and how far Miller's correction lifts the plug-in.

        (cells - bins) / (2 n) nats, cells the pairs of bin and type that occurred (Miller 1955).
        """
        times = np.unique(self._cells, return_counts=True)[1]
        occupied = len(np.unique(self.bins))
        return float((times == 1).sum() / len(self)), float(len(times) - occupied) / (2 * len(self))

    @property
    def _cells(self) -> Ints:
        return np.asarray(self.bins * (self.targets.max() + 1) + self.targets)


def as_codes(values: Any, name: str) -> Ints:
    """`values` (n,) as whole numbers; InputError for anything else, for negative ones and for none."""
    codes = as_array(values, name)
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or not len(codes) or codes.min() < 0:
        came = f"{name} of type {codes.dtype} and shape {codes.shape}"
        raise InputError(one_line(came, "a vector of whole numbers of at least 0", "give codes counted from 0"))
    return codes.astype(np.int64)
