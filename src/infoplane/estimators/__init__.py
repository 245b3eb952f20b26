"""Ground floor: arrays in, `Estimate` out. Knows no model and no text."""

from infoplane.estimators._compression._compress import Compressed, compress
from infoplane.estimators._compression._compressed import compressed_information
from infoplane.estimators._compression._dimension import intrinsic_dimension
from infoplane.estimators._compression._spectrum import (
    effective_rank,
    matrix_renyi_entropy,
    matrix_renyi_information,
    participation_ratio,
)
from infoplane.estimators._counting._discrete import discrete_entropy, discrete_information
from infoplane.estimators._critics._neural import critic, dv, infonce, nwj, smile
from infoplane.estimators._entropy import entropy
from infoplane.estimators._estimate import Estimate
from infoplane.estimators._flags import FLAGS
from infoplane.estimators._information import (
    conditional_mutual_information,
    interaction_information,
    mutual_information,
)
from infoplane.estimators._labels._readout import LabelReadout, read_labels
from infoplane.estimators._labels._stacked import StackedReadout, read_stacked, stacked
from infoplane.estimators._leak import leak_check
from infoplane.estimators._nearest._frenzel_pompe import frenzel_pompe
from infoplane.estimators._nearest._kozachenko import kozachenko_leonenko, weighted_kl, weighted_kl_entropy
from infoplane.estimators._nearest._mixed import gao_mixed
from infoplane.estimators._nearest._neighbours import ksg, ross
from infoplane.estimators._nearest._subsample import subsample_drift
from infoplane.estimators._normal._copula import copula
from infoplane.estimators._normal._gaussian import gaussian
from infoplane.estimators._normal._linear import linear_information
from infoplane.estimators._normal._pairs import PairReading, canonical_pairs, read_pairs
from infoplane.estimators._normal._student import student_copula
from infoplane.estimators._one_thread import one_thread
from infoplane.estimators._permute import max_t, permute_labels, permute_rows, with_null
from infoplane.estimators._preset import correlated_normals, gaussian_plots, rectangles
from infoplane.estimators._recovery._certificate import certified_bounds, clopper_pearson_upper
from infoplane.estimators._recovery._fano import (
    fano_equivocation,
    fano_list_equivocation,
    fano_prior_equivocation,
)
from infoplane.estimators._recovery._recovered import recovery_bounds
from infoplane.estimators._recovery._slots import TargetSlots
from infoplane.estimators._recovery._text import text_information
from infoplane.estimators._registry import ESTIMATORS
from infoplane.estimators._resample import bootstrap_mean, proportion
from infoplane.estimators._transfer import transfer_entropy
from infoplane.estimators._whiten import Whitening, fit_whitening

__all__ = [
    "ESTIMATORS",
    "FLAGS",
    "Compressed",
    "Estimate",
    "LabelReadout",
    "PairReading",
    "StackedReadout",
    "TargetSlots",
    "Whitening",
    "bootstrap_mean",
    "canonical_pairs",
    "certified_bounds",
    "clopper_pearson_upper",
    "compress",
    "compressed_information",
    "conditional_mutual_information",
    "copula",
    "correlated_normals",
    "critic",
    "discrete_entropy",
    "discrete_information",
    "dv",
    "effective_rank",
    "entropy",
    "fano_equivocation",
    "fano_list_equivocation",
    "fano_prior_equivocation",
    "fit_whitening",
    "frenzel_pompe",
    "gao_mixed",
    "gaussian",
    "gaussian_plots",
    "infonce",
    "interaction_information",
    "intrinsic_dimension",
    "kozachenko_leonenko",
    "ksg",
    "leak_check",
    "linear_information",
    "matrix_renyi_entropy",
    "matrix_renyi_information",
    "max_t",
    "mutual_information",
    "nwj",
    "one_thread",
    "participation_ratio",
    "permute_labels",
    "permute_rows",
    "proportion",
    "read_labels",
    "read_pairs",
    "read_stacked",
    "recovery_bounds",
    "rectangles",
    "ross",
    "smile",
    "stacked",
    "student_copula",
    "subsample_drift",
    "text_information",
    "transfer_entropy",
    "weighted_kl",
    "weighted_kl_entropy",
    "with_null",
]
