"""The numbers of a comparison: of every method, and of every pair that matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from infoplane.estimators import Estimate, bootstrap_mean, proportion
from infoplane.methods._answering import COSTS, TURN, some_of
from infoplane.methods._macro_f1 import macro_f1, macro_f1_difference
from infoplane.methods._method import Method
from infoplane.methods._significance import holm, paired_difference

if TYPE_CHECKING:
    from infoplane.methods._scoring import Scored
    from infoplane.tasks import Split

Floats = NDArray[np.float64]
Row = tuple[dict[str, Any], Estimate]


@dataclass(frozen=True, eq=False)
class Compared:
    """What `methods` said of the same `items`, and what their answers cost."""

    methods: Sequence[Method]
    items: "Split"
    labels: int
    scored: "Mapping[str, Scored]"
    costs: Mapping[str, Floats]
    seed: int

    def rows(self) -> list[Row]:
        """All numbers: those of each method, then those of each pair."""
        return [row for method in self.methods for row in self._of_method(method)] + self._of_pairs()

    def _of_method(self, method: Method) -> list[Row]:
        name, items, scored = method.name, self.items, self.scored[method.name]
        found = {
            "accuracy": proportion(scored.predicted == items.labels, items.groups),
            "macro_f1": macro_f1(items.labels, scored.predicted, items.groups, self.labels, seed=self.seed),
        }
        found |= self._of_answers(self.costs[name])
        if scored.of_model is not None:  # then the answer is the label with the highest score, which names one
            del found["coverage"]
        if scored.divergence is not None:
            found["divergence"] = bootstrap_mean(scored.divergence, items.groups, seed=self.seed)
        if "prompt" in self.scored and scored.divergence is not None:
            steered = scored.scores if scored.of_model is None else scored.of_model
            change = _log_odds(steered, items) - _log_odds(self.scored["prompt"].scores, items)
            found["anti_steered"] = proportion(change < 0, items.groups)
        rows: list[Row] = [({"quantity": quantity, "method": name}, estimate) for quantity, estimate in found.items()]
        if "prompt" in self.costs and name != "prompt":
            rows.append(({"quantity": "relative_seconds", "method": name, "role": "prompt"}, self._relative(name)))
        return rows

    def _of_answers(self, costs: Floats) -> dict[str, Estimate]:
        """Of the answers: how many name a label, how many the right one, and what they cost."""
        items, columns = some_of(self.items), dict(zip(COSTS, costs.T, strict=True))
        said = columns.pop("said")
        seconds = sum(columns[name] for name in COSTS if name.endswith("_seconds"))
        return {
            "coverage": proportion(said >= 0, items.groups),
            "answer_accuracy": proportion(said == items.labels, items.groups),
            "seconds": self._cost(np.asarray(seconds), "seconds"),
            **{name: self._cost(column, name.rpartition("_")[2]) for name, column in columns.items()},
        }

    def _cost(self, values: Floats, what: str) -> Estimate:
        """Mean over items, in intervals of whole turns."""
        if len(values) <= TURN:
            found = Estimate(value=float(values.mean()), n=len(values), estimator="mean of one turn")
        else:
            found = bootstrap_mean(values, np.arange(len(values)) // TURN, seed=self.seed)
        return replace(found, units="seconds" if what == "seconds" else "count")

    def _relative(self, name: str) -> Estimate:
        """Seconds of `name` over those of the prompt: geometric mean of the ratios, turn by turn."""
        ratios = np.log(_by_turn(self.costs[name]) / _by_turn(self.costs["prompt"]))
        value = float(np.exp(ratios.mean()))
        about: dict[str, Any] = {"units": "score", "n": len(ratios), "estimator": "geometric mean of paired ratios"}
        if len(ratios) < 2:
            return Estimate(value=value, **about)
        found = bootstrap_mean(ratios, units="score", seed=self.seed)
        low, high = (float(np.exp(bound or 0.0)) for bound in (found.low, found.high))
        return Estimate(value=value, low=low, high=high, **about)

    def _of_pairs(self) -> list[Row]:
        """Paired differences; p is corrected over the whole family (Holm)."""
        pairs = [(one.name, base) for one in self.methods for base in self._rivals(one)]
        items, hits = self.items, {name: one.predicted == self.items.labels for name, one in self.scored.items()}
        found = [paired_difference(hits[one], hits[base], items.groups, seed=self.seed) for one, base in pairs]
        corrected = holm([float(estimate.p_value or 0.0) for estimate in found])
        rows: list[Row] = []
        for (one, base), estimate, p in zip(pairs, found, corrected, strict=True):
            where = {"method": one, "role": base}
            name = f"{estimate.estimator}, Holm over {len(pairs)}"
            rows.append(({"quantity": "accuracy_difference", **where}, replace(estimate, p_value=p, estimator=name)))
            predicted = self.scored[one].predicted, self.scored[base].predicted
            f1 = macro_f1_difference(items.labels, predicted, items.groups, self.labels, seed=self.seed)
            rows.append(({"quantity": "macro_f1_difference", **where}, f1))
        return rows

    def _rivals(self, method: Method) -> list[str]:
        """Those of its rivals that run; none for an oracle, which is no competitor."""
        return [] if method.oracle else [name for name in method.rivals if name in self.scored]


def _log_odds(scores: Floats, items: "Split") -> Floats:
    """Of the right label against all others, (n,) nats."""
    at = np.arange(len(scores)), items.labels
    others = scores.copy()
    others[at] = -np.inf
    return np.asarray(scores[at] - logsumexp(others, axis=1))


def _by_turn(costs: Floats) -> Floats:
    seconds = costs[:, [name.endswith("_seconds") for name in COSTS]].sum(axis=1)
    turns = np.arange(len(costs)) // TURN
    return np.asarray(np.bincount(turns, weights=seconds) / np.bincount(turns))
