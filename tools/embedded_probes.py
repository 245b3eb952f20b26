"""What states and what words alone hold of a label, on situations that the embedded models never saw.

Probes and word models are fitted on "direction" and "measure", chosen on "tune" and judged on "test". Information is
the usable kind, H(label) minus the cross-entropy on the test split, in nats. Intervals are 95 % percentiles of a
bootstrap over the pairs (person, thing), the task's groups.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from embedded_text import CHOICES
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from infoplane.embedded import SPLITS, Example, examples

RESAMPLES = 1000

States = Callable[[Sequence[Example]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Measured:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Asked:
    """One aspect of the first `share` of each split."""

    aspect: str
    share: float = 1.0

    @property
    def labels(self) -> tuple[str, ...]:
        """The aspect's labels."""
        return CHOICES[self.aspect]

    @cached_property
    def fitting(self) -> list[Example]:
        """What is fitted on."""
        return self._part("direction") + self._part("measure")

    @cached_property
    def tuning(self) -> list[Example]:
        """What is chosen on."""
        return self._part("tune")

    @cached_property
    def test(self) -> list[Example]:
        """What is reported."""
        return self._part("test")

    def truth(self, asked: Sequence[Example]) -> NDArray[np.int64]:
        """Their labels as numbers."""
        return np.array([self.labels.index(getattr(example, self.aspect)) for example in asked])

    def states_say(self, read: States) -> NDArray[np.float64]:
        """Log-probabilities (n, K) on the test split by the best layer of what `read` gives, (layers, n, width).

        A layer is read by a shrunken linear discriminant; the best tells most on the tuning split.
        """
        fitting, truth = self.truth(self.fitting), self.truth(self.tuning)
        discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        probes = [clone(discriminant).fit(layer, fitting) for layer in read(self.fitting)]
        tuned = [_log_likelihood(p.predict_log_proba(x), truth) for p, x in zip(probes, read(self.tuning), strict=True)]
        best = int(np.argmax(tuned))
        return probes[best].predict_log_proba(read(self.test)[best])

    def words_say(self) -> NDArray[np.float64]:
        """Log-probabilities (n, K) on the test split given a text's words in no order, by the best of three models."""
        vectors = CountVectorizer(token_pattern=r"\w+", lowercase=False).fit([e.text for e in self.fitting])
        count, check, asked = (
            vectors.transform([e.text for e in part]) for part in (self.fitting, self.tuning, self.test)
        )
        labels, truth = self.truth(self.fitting), self.truth(self.tuning)
        models = [LogisticRegression(C=c, max_iter=1000).fit(count, labels) for c in (0.01, 0.1, 1.0)]
        best = max(models, key=lambda model: _log_likelihood(model.predict_log_proba(check), truth))
        return best.predict_log_proba(asked)

    def held(self, says: NDArray[np.float64]) -> NDArray[np.float64]:
        """Information (n,) that log-probabilities on the test split carry, in nats."""
        return np.log(len(self.labels)) + says[np.arange(len(says)), self.truth(self.test)]

    def right(self, says: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Where the likeliest label of the test split is the true one, (n,)."""
        return says.argmax(1) == self.truth(self.test)

    def interval(self, statistic: Callable[..., float], *columns: NDArray[np.generic]) -> Measured:
        """A statistic of columns over the test split."""
        groups = np.array([example.group for example in self.test])
        rng = np.random.default_rng(0)
        members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
        drawn = []
        for _ in range(RESAMPLES):
            rows = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
            drawn.append(statistic(*(column[rows] for column in columns)))
        low, high = np.quantile(drawn, (0.025, 0.975))
        return Measured(float(statistic(*columns)), float(low), float(high))

    def _part(self, split: str) -> list[Example]:
        return examples(split, round(self.share * SPLITS[split]))


def difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    """Of the means."""
    return float(np.mean(one) - np.mean(other))


def ratio(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    """Of the means."""
    return float(np.mean(one) / np.mean(other))


def _log_likelihood(log_probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    return float(log_probabilities[np.arange(len(truth)), truth].mean())
