"""Questions asked of a model, one file each, and the run that answers them."""

from infoplane.measures._measure import MEASURES, measure, measure_saved
from infoplane.measures._plan import plan
from infoplane.measures._saved import Saved

__all__ = ["MEASURES", "Saved", "measure", "measure_saved", "plan"]
