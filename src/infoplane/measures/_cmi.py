"""How far the features of a class spread, and how far the classes lie apart: I(X;Z|Y) of a whole split."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from infoplane._errors import InputError, one_line
from infoplane.estimators import Estimate, permute_labels
from infoplane.measures._numbers import Row

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CMIReport:
    """What the features of a split are like within classes and between them; nats but where said.

    cmi                 I(X;Z|Y), exactly as defined on these examples (equation 11), which is too small by I / m
    cmi_corrected       it less that bias, by the jackknife: to compare splits of different size
    cmi_left_out        the same examples against centroids without their own group, too large: the bracket's other end;
                        None where no label has two groups
    cmi_share           I(X;Z|Y) / log d, a fraction
    class_cmi           I(X;Z|Y=y) by label
    separation          Gamma, the cross-entropy of f of two examples where their labels differ, 0 elsewhere (CMIC-DL)
    ncmi                I(X;Z|Y) / Gamma, a score
    largest_share       mean over examples of the largest of the d shares f, a fraction
    dimensions_share    of I(X;Z|Y) that the five dimensions with most of it have, a fraction; `dimensions`: which
    """

    cmi: Estimate
    cmi_corrected: Estimate
    cmi_left_out: Estimate | None
    cmi_share: Estimate
    class_cmi: dict[str, Estimate]
    separation: Estimate
    ncmi: Estimate
    largest_share: Estimate
    dimensions_share: Estimate
    dimensions: tuple[int, ...]

    def rows(self) -> list[Row]:
        """Rows of a ledger: where, beside the run's own coordinates, and the number."""
        names = ("cmi", "cmi_corrected", "cmi_left_out", "cmi_share", "separation", "ncmi")
        more = ("largest_share", "dimensions_share")
        found = [({"quantity": name}, one) for name in (*names, *more) if (one := getattr(self, name)) is not None]
        return found + [({"quantity": "class_cmi", "label": name}, one) for name, one in self.class_cmi.items()]


def cmi_report(
    features: Any,
    labels: Any,
    *,
    groups: Any = None,
    names: Sequence[str] | None = None,
    temperature: float = 1.0,
    transform: Literal["softmax", "sigmax"] = "softmax",
    permutations: int = 100,
    confidence: float = 0.95,
    seed: int = 0,
) -> CMIReport:
    """`CMIReport` of `features` h (n, d), what the last linear map reads, and whole-number `labels` (n,).

    features     array, memory map or tensor in any precision; computed in float64, in two passes
    groups       (n,) examples that belong together: left out, and permuted, whole
    names        of the labels 0, 1, ...; None: the numbers
    temperature, transform  of f, see `infoplane.objectives.conditional_mutual_information`
    permutations of the labels give the null, judged in both directions: real classes are tighter than random ones

    Intervals are of the jackknife over groups, classes as frequent as here, about the corrected value and widened to
    the value itself. Numbers of different d, temperature or kind of features are not to be compared. InputError for
    fewer than two labels or groups, features that are not finite, and shapes that do not fit.
    Sources: Sivakaran and Yang, equations 9 to 12; Yang et al. 2023, arXiv 2309.09123, for NCMI and Gamma.
    """
    from infoplane.measures._cmi_estimates import TOP, Judge
    from infoplane.measures._cmi_passes import Examples, class_sums, second_pass

    codes, said = _codes(features, labels, names)
    ids = _groups(groups, len(codes))
    examples = Examples(features, codes, ids, len(said), temperature, transform)
    sums, largest = class_sums(examples)
    second = second_pass(examples, sums)
    draws = permute_labels(codes, ids, permutations, seed) if permutations else np.empty((0, len(codes)), np.int64)
    judge = Judge(examples, sums, second, draws, confidence, seed)
    cmi, top = judge.cmi(), np.argsort(-second.dimensions, kind="stable")[:TOP]
    return CMIReport(
        cmi=cmi,
        cmi_corrected=judge.corrected(),
        cmi_left_out=judge.left_out(),
        cmi_share=_share(cmi, features.shape[1]),
        class_cmi={name: judge.class_cmi(at) for at, name in enumerate(said)},
        separation=judge.separation(),
        ncmi=judge.ncmi(),
        largest_share=judge.mean(largest),
        dimensions_share=judge.dimensions_share(),
        dimensions=tuple(top.tolist()),
    )


def _share(cmi: Estimate, width: int) -> Estimate:
    """I(X;Z|Y) / log d, with everything that came with it."""
    ends = {name: getattr(cmi, name) for name in ("value", "low", "high", "null_mean", "null_high")}
    most = float(np.log(width))
    shares = {name: None if end is None else end / most for name, end in ends.items()}
    return Estimate.from_dict(cmi.as_dict() | shares | {"units": "fraction", "ceiling": 1.0})


def _codes(features: Any, labels: Any, names: Sequence[str] | None) -> tuple[Ints, list[str]]:
    """Codes (n,) of the labels that occur, and their names; InputError where these or the shapes do not fit."""
    found = np.asarray(labels)
    shape = tuple(getattr(features, "shape", ()))
    fits = len(shape) == 2 and shape[1] > 1 and found.shape == shape[:1] and found.dtype.kind in "iu"
    if not fits:
        came = f"features {shape} with labels {found.shape} of type {found.dtype}"
        do = "give arrays with one row an example"
        raise InputError(one_line(came, "shapes (n, d) with d above 1, and (n,) whole numbers", do))
    occurring, codes = np.unique(found, return_inverse=True)
    if len(occurring) < 2:
        raise InputError(one_line("a single label", "at least two that occur", "give examples of another label"))
    if names is not None and not 0 <= occurring[0] <= occurring[-1] < len(names):
        came = f"labels {occurring[0]} to {occurring[-1]} with {len(names)} names"
        raise InputError(one_line(came, "a name of every label", "give names of labels 0, 1, ..."))
    return codes.astype(np.int64), [str(one) if names is None else names[one] for one in occurring.tolist()]


def _groups(groups: Any, samples: int) -> Ints:
    """Codes (n,) of the groups; InputError for fewer than two."""
    found = np.arange(samples) if groups is None else np.asarray(groups)
    if found.shape != (samples,) or len(np.unique(found)) < 2:
        came = f"groups {found.shape} for {samples} examples"
        raise InputError(one_line(came, "one group id an example, at least two groups", "give more groups"))
    return np.unique(found, return_inverse=True)[1].astype(np.int64)
