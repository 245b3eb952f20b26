"""From what decoders said of the words asked of test texts to the rows of a ledger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import (
    Estimate,
    bootstrap_mean,
    certified_bounds,
    proportion,
    recovery_bounds,
    text_information,
    with_null,
)
from infoplane.measures._numbers import Row
from infoplane.measures._recovery._curve import late_forgetting

if TYPE_CHECKING:
    from infoplane.measures._recovery._asking import Asking
    from infoplane.measures._recovery._decoders import Said
    from infoplane.measures._recovery._saying import Heard
    from infoplane.models import Layer

Units = Literal["nats", "fraction"]


def bounds_of(said: "Said", asking: "Asking", **beside: Any) -> dict[str, Estimate]:
    """`recovery_bounds` of the words asked of the test texts; `beside`: its baseline and its null."""
    return recovery_bounds(
        said.log_shares,
        said.ranks,
        said.guesses,
        asking.test,
        types=asking.target.types,
        others=asking.others,
        prior=asking.target.counts,
        sizes=asking.sizes,
        seed=asking.seed,
        **beside,
    )


@dataclass(frozen=True, eq=False)
class Told:
    """The numbers of one pooling: what was `heard` of the decoder of each layer, `floor` what is said without states.

    family  certificates that hold together at `confidence`
    """

    asking: "Asking"
    layers: "Sequence[Layer]"
    heard: "Sequence[Heard]"
    floor: "Said"
    family: int
    confidence: float

    @property
    def chosen(self) -> int:
        """The layer that is read best, by the tune texts."""
        return int(np.argmax([heard.tuned for heard in self.heard]))

    def of_layers(self) -> Iterator[Row]:
        """Bounds, usable information and certificates of every layer."""
        asking = self.asking
        certain: dict[str, Any] = {"family": self.family, "confidence": self.confidence, "seed": asking.seed}
        for layer, heard in zip(self.layers, self.heard, strict=True):
            shares, ranks, types = heard.said.log_shares, heard.said.ranks, asking.target.types
            found = bounds_of(heard.said, asking, baseline=self.floor.log_shares, exchanged=heard.exchanged)
            found["recovery_accuracy"] = with_null(found["recovery_accuracy"], heard.chance)
            found |= certified_bounds(shares, ranks, asking.test, types=types, others=asking.others, **certain)
            yield from (({"quantity": quantity, "layer": layer}, one) for quantity, one in found.items())

    def gains(self, words: "Said") -> Iterator[Row]:
        """What the decoder of every layer gains over that of the mean state of layer 0, a bag of words."""
        for layer, said in self._said():
            gain = self._mean(said.log_shares - words.log_shares)
            yield {"quantity": "recovery_gain", "layer": layer}, gain.flagged("difference_of_bounds", "no_null")

    def of_classes(self, classes: Mapping[str, NDArray[np.bool_]]) -> Iterator[Row]:
        """Accuracy and usable information of the words of each class at every layer."""
        floor, documents = self.floor.log_shares, self.asking.test.groups
        for layer, said in self._said():
            for label, mask in classes.items():
                groups, where = documents[mask], {"layer": layer, "label": label}
                if len(np.unique(groups)) > 1:
                    accuracy = proportion(said.ranks[mask] == 0, groups)
                    yield where | {"quantity": "recovery_accuracy"}, accuracy.flagged("no_null")
                    usable = bootstrap_mean((said.log_shares - floor)[mask], groups, seed=self.asking.seed)
                    yield where | {"quantity": "usable_information"}, usable.flagged("no_null")

    def curve(self, entropy: float) -> Iterator[Row]:
        """The peak over the layers, and what of it the last one has forgotten; entropy: H(T|place) of the bounds."""
        if len(self.layers) < 2:
            return
        losses = np.stack([-said.log_shares for _, said in self._said()])
        curve = late_forgetting(losses, entropy, self.asking.test.groups, seed=self.asking.seed)
        for quantity, one in curve.estimates.items():
            yield {"quantity": quantity, "layer": self.layers[curve.peak]}, one

    def texts(self) -> Iterator[Row]:
        """A lower bound on what every layer knows of the whole text: that of its best place among the first."""
        places = self.asking.by_place
        together = 1 - 0.05 / max(1, len(places))
        for layer, heard in zip(self.layers, self.heard, strict=True):
            if heard.opening is not None:
                found = [self._at_place(heard.opening, place, together) for place in places]
                yield {"quantity": "text_information", "layer": layer}, text_information(found)

    def of_relabelled(self, control: "Sequence[Heard]") -> Iterator[Row]:
        """How often words are told that were named at random, and how much more often by their own names."""
        groups = self.asking.test.groups
        for (layer, said), other in zip(self._said(), control, strict=True):
            named = other.said.ranks == 0
            yield {"quantity": "recovery_accuracy", "layer": layer}, proportion(named, groups).flagged("no_null")
            selectivity = self._mean((said.ranks == 0) * 1.0 - named, "fraction").flagged("no_null")
            yield {"quantity": "recovery_selectivity", "layer": layer}, selectivity

    def _said(self) -> "Iterator[tuple[Layer, Said]]":
        """What the decoder of each layer said."""
        return ((layer, heard.said) for layer, heard in zip(self.layers, self.heard, strict=True))

    def _at_place(self, said: "Said", place: int, confidence: float) -> Estimate:
        rows, asked, others = self.asking.by_place[place]
        found = recovery_bounds(
            said.log_shares[rows],
            said.ranks[rows],
            said.guesses[rows],
            asked,
            types=self.asking.target.types,
            others=others,
            confidence=confidence,
            seed=self.asking.seed,
        )
        return found["recovery_information"]

    def _mean(self, values: NDArray[np.float64], units: Units = "nats") -> Estimate:
        return bootstrap_mean(values, self.asking.test.groups, units=units, seed=self.asking.seed)
