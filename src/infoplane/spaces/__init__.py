"""Task spaces: directions per label and layer, and what is projected on them."""

from infoplane.spaces._agreement import split_half_agreement
from infoplane.spaces._contrasts import CONTEXTS, NEGATIVES
from infoplane.spaces._directions import Direction, Method, direction
from infoplane.spaces._space import TaskSpace

__all__ = ["CONTEXTS", "NEGATIVES", "Direction", "Method", "TaskSpace", "direction", "split_half_agreement"]
