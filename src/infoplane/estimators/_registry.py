"""Every estimator of mutual information by name, with the kinds of data it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infoplane.estimators._arrays import as_numbers
from infoplane.estimators._compression._compressed import compressed_information
from infoplane.estimators._counting._corrected import ENTROPIES
from infoplane.estimators._counting._discrete import discrete_information
from infoplane.estimators._critics._neural import critic, dv, infonce, nwj, smile
from infoplane.estimators._data import Declared, Kind
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._labels._beyond import readout_beyond
from infoplane.estimators._labels._readout import read_labels
from infoplane.estimators._labels._stacked import stacked
from infoplane.estimators._nearest._frenzel_pompe import frenzel_pompe
from infoplane.estimators._nearest._kozachenko import weighted_kl
from infoplane.estimators._nearest._mixed import gao_mixed
from infoplane.estimators._nearest._neighbours import ksg, ross
from infoplane.estimators._normal._copula import copula
from infoplane.estimators._normal._gaussian import gaussian
from infoplane.estimators._normal._pairs import canonical_pairs
from infoplane.estimators._normal._student import student_copula


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator of I(X;Y) or I(X;Y|Z).

    `x`, `y`: the kind of data each side must be, "mixed" for any. `given`: the kinds it conditions on by itself;
    discrete conditions are otherwise averaged over (`_strata`). `run` takes the values and the options that all
    estimators have.
    """

    x: Kind
    y: Kind
    run: Callable[..., Estimate]
    given: tuple[Declared, ...] = ()


def _discriminant(x: Any, y: Any, given: Any = None, **options: Any) -> Estimate:
    if given is not None and given.dtype.kind == "f":
        return readout_beyond(x, y, given, **options)
    return read_labels(x, y, given=given, **options).information


def _kraskov(x: Any, y: Any, given: Any = None, **options: Any) -> Estimate:
    """Frenzel and Pompe extended Kraskov et al. to conditions; without one the two are the same."""
    return ksg(x, y, **options) if given is None else frenzel_pompe(x, y, given, **options)


def _gao(x: Any, y: Any, **options: Any) -> Estimate:
    return gao_mixed(as_numbers(x), as_numbers(y), **options)


def _counted(name: str) -> Callable[..., Estimate]:
    def run(x: Any, y: Any, given: Any = None, **options: Any) -> Estimate:
        return discrete_information(x, y, given, estimator=name, **options)

    return run


ESTIMATORS: dict[str, Estimator] = {
    **{name: Estimator("discrete", "discrete", _counted(name), given=("discrete",)) for name in ENTROPIES},
    "ross": Estimator("continuous", "discrete", ross),
    "stacked": Estimator("continuous", "discrete", stacked),
    "discriminant": Estimator("continuous", "discrete", _discriminant, given=("discrete", "continuous")),
    "ksg": Estimator("continuous", "continuous", _kraskov, given=("continuous",)),
    "weighted-kl": Estimator("continuous", "continuous", weighted_kl),
    "frenzel-pompe": Estimator("continuous", "continuous", _kraskov, given=("continuous",)),
    "gao": Estimator("mixed", "mixed", _gao),
    "gaussian": Estimator("continuous", "continuous", gaussian, given=("continuous",)),
    "copula": Estimator("continuous", "continuous", copula, given=("continuous",)),
    "student-copula": Estimator("continuous", "continuous", student_copula),
    "pairs": Estimator("continuous", "continuous", canonical_pairs, given=("continuous",)),
    "critic": Estimator("continuous", "continuous", critic),
    "infonce": Estimator("continuous", "continuous", infonce),
    "nwj": Estimator("continuous", "continuous", nwj),
    "dv": Estimator("continuous", "continuous", dv),
    "smile": Estimator("continuous", "continuous", smile),
    "compressed": Estimator("continuous", "mixed", compressed_information),
}
