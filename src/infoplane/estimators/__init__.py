"""Ground floor: arrays in, `Estimate` out. Knows no model and no text."""

from infoplane.estimators._estimate import Estimate
from infoplane.estimators._flags import FLAGS

__all__ = ["FLAGS", "Estimate"]
