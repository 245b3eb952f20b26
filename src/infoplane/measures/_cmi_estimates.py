"""The numbers of two passes as Estimates: intervals by the jackknife, nulls by permuted labels, warnings."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from infoplane.estimators import Estimate, bootstrap_mean
from infoplane.measures._cmi_passes import Examples, Second, Sums, permuted_sums
from infoplane.measures._contrast import against
from infoplane.measures._jackknife import jackknife

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOP = 5  # dimensions whose share of I(X;Z|Y) is told
_DOMINATED = 0.5  # of it: above that they are said to be most of it, where evenly they would have less than half that
_SMALL = 10  # examples, below which a class is flagged


class Null(NamedTuple):
    """Every number under permuted labels: (P,), (P,) and (P, C)."""

    cmi: Floats
    separation: Floats
    class_cmi: Floats


@dataclass(frozen=True)
class Judge:
    """Makes Estimates of `examples`, their `sums` and `second` pass; `draws` (P, n) of permuted labels."""

    examples: Examples
    sums: Sums
    second: Second
    draws: Ints
    confidence: float
    seed: int

    def cmi(self) -> Estimate:
        """I(X;Z|Y) in nats."""
        share = self._counts / self._counts.sum()
        found = self._estimate(float(self.second.kl.mean()), ceiling=float(share @ self._ceilings))
        return self._judged(found, self.second.cmi, self.second.sizes, self._null.cmi).flagged(*self._flags)

    def corrected(self) -> Estimate:
        """I(X;Z|Y) less its bias of first order."""
        value, bare = float(self.second.kl.mean()), replace(self._estimate(0.0), estimator=f"jackknife of {self._name}")
        found = jackknife(value, self.second.cmi, self.second.sizes, self.confidence)
        low, high = (None, None) if found is None else (max(0.0, found.low), found.high)
        corrected = value if found is None else max(0.0, found.corrected)
        return replace(bare, value=corrected, low=low, high=high).flagged(*self._flags)

    def left_out(self) -> Estimate | None:
        """Mean divergence in nats from centroids without the example's own group, an upper bound in expectation.

        Over the classes of two groups or more; None where there is no such class.
        """
        rows = np.isfinite(self.second.left_out)
        if not rows.any():
            return None
        found = self.mean(self.second.left_out[rows], self.examples.groups[rows])
        name = f"left-out centroids, {self._settings}"
        return replace(found, kind="upper_bound", units="nats", estimator=name).flagged(*self._flags)

    def class_cmi(self, label: int) -> Estimate:
        """I(X;Z|Y=y) in nats of the class with this code."""
        own, count = self.examples.labels == label, int(self._counts[label])
        found = self._estimate(float(self.second.kl[own].mean()), ceiling=float(self._ceilings[label]), n=count)
        judged = self._judged(found, *self.second.class_cmi[label], self._null.class_cmi[:, label])
        return judged.flagged("small_class") if count < _SMALL else judged

    def separation(self) -> Estimate:
        """Gamma in nats."""
        found = self._estimate(float(self.sums.separation()))
        return self._judged(found, self.second.separation, self.second.sizes, self._null.separation)

    def ncmi(self) -> Estimate:
        """I(X;Z|Y) / Gamma."""
        found = replace(self._estimate(float(self.second.kl.mean() / self.sums.separation())), units="score")
        left, null = self.second.cmi / self.second.separation, self._null.cmi / self._null.separation
        return self._judged(found, left, self.second.sizes, null).flagged(*self._flags)

    def mean(self, values: Floats, groups: Ints | None = None) -> Estimate:
        """Mean of `values` (n,) as a fraction, with a bootstrap interval over groups."""
        ids = self.examples.groups if groups is None else groups
        found = bootstrap_mean(values, ids, units="fraction", confidence=self.confidence, seed=self.seed)
        return replace(found, estimator=f"mean, {self._settings}")

    def dimensions_share(self) -> Estimate:
        """The share of I(X;Z|Y) that the five dimensions with most of it have."""
        bare = replace(self._estimate(self._top_share), units="fraction", ceiling=1.0)
        return bare.flagged(*self._dominated)

    @cached_property
    def _null(self) -> Null:
        found = [(one.cmi(), one.separation(), one.class_cmi()) for one in permuted_sums(self.examples, self.draws)]
        if not found:
            return Null(np.empty(0), np.empty(0), np.empty((0, self.examples.classes)))
        return Null(*(np.concatenate([part.numpy() for part in parts]) for parts in zip(*found, strict=True)))

    @property
    def _counts(self) -> Floats:
        return np.asarray(self.sums.counts.numpy())

    @property
    def _ceilings(self) -> Floats:
        """The most that I(X;Z|Y=y) can be (C,): log d, or log n_y."""
        return np.asarray(np.log(np.minimum(self._counts, self.examples.features.shape[1])))

    @property
    def _flags(self) -> tuple[str, ...]:
        return ("small_class",) * bool((self._counts < _SMALL).any()) + self._dominated

    @property
    def _top_share(self) -> float:
        total = float(self.second.dimensions.sum())
        return float(np.sort(self.second.dimensions)[-TOP:].sum()) / total if total > 0 else 0.0

    @property
    def _dominated(self) -> tuple[str, ...]:
        even = TOP / len(self.second.dimensions)
        return ("outlier_dimensions",) * (self._top_share > _DOMINATED > 2 * even)

    @property
    def _settings(self) -> str:
        examples = self.examples
        return f"{examples.transform}, temperature={examples.temperature:g}, d={examples.features.shape[1]}"

    @property
    def _name(self) -> str:
        return f"plug-in, {self._settings}"

    def _estimate(self, value: float, n: int | None = None, **fields: Any) -> Estimate:
        n = len(self.examples.labels) if n is None else n
        return Estimate(value=value, n=n, confidence=self.confidence, estimator=self._name, **fields)

    def _judged(self, bare: Estimate, left_out: Floats, sizes: Floats, null: Floats) -> Estimate:
        """`bare` with the jackknife's interval, widened to the value, and judged against permuted labels."""
        found = jackknife(bare.value, left_out, sizes, self.confidence)
        if found is not None:
            bare = replace(bare, low=min(max(0.0, found.low), bare.value), high=max(found.high, bare.value))
        centre = float(null.mean()) if len(null) else 0.0
        judged = against(bare, centre, null - centre)
        flags = ("like_permuted" if flag == "like_control" else flag for flag in judged.flags)
        return replace(judged, flags=tuple(flags))
