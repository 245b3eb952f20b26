"""Task spaces: directions per label and layer, what is projected on them, and the plans made from them."""

from infoplane.spaces._agreement import split_half_agreement
from infoplane.spaces._calibrate import DOSES
from infoplane.spaces._contrasts import CONTEXTS, NEGATIVES
from infoplane.spaces._control_vector import ControlVector, control_vector
from infoplane.spaces._curve import Curve
from infoplane.spaces._directions import Direction, Method, direction
from infoplane.spaces._dose import Dose, find_dose
from infoplane.spaces._export import export_space
from infoplane.spaces._labels import Labels
from infoplane.spaces._manner import Manner, Operation
from infoplane.spaces._preflight import Preflight
from infoplane.spaces._space import TaskSpace

__all__ = [
    "CONTEXTS",
    "DOSES",
    "NEGATIVES",
    "ControlVector",
    "Curve",
    "Direction",
    "Dose",
    "Labels",
    "Manner",
    "Method",
    "Operation",
    "Preflight",
    "TaskSpace",
    "control_vector",
    "direction",
    "export_space",
    "find_dose",
    "split_half_agreement",
]
