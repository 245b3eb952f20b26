"""H(T|bin) of the slots asked and of those of other documents, and how far it moves when documents are drawn."""

from dataclasses import dataclass
from typing import Any, Self

from infoplane.estimators._arrays import Floats
from infoplane.estimators._recovery._document_draws import standard_error
from infoplane.estimators._recovery._slots import TargetSlots


@dataclass(frozen=True, slots=True)
class PlugIn:
    """The plug-in entropy as a mean of surprisals: `surprisals` (n,) of the slots asked, which weigh `share`.

    `elsewhere`, `error`: mean surprisal of the other slots and its standard error.
    """

    surprisals: Floats
    share: float
    elsewhere: float
    error: float

    @classmethod
    def of(cls, asked: TargetSlots, others: TargetSlots | None) -> Self:
        """By the frequencies among all slots."""
        every = asked.and_more(others).surprisals()
        here, there = every[: len(asked)], every[len(asked) :]
        if others is None:
            return cls(here, 1.0, 0.0, 0.0)
        return cls(here, len(here) / len(every), float(there.mean()), standard_error(there, others.groups))

    def of_mean(self, surprisal: Any, others: Any = 0.0) -> Any:
        """H(T|bin) in nats where the slots asked have this mean; `others`: how many errors off the others are."""
        return self.share * surprisal + (1 - self.share) * (self.elsewhere + self.error * others)
