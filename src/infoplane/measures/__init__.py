"""Questions asked of a model, one file each, and the run that answers them."""

from infoplane.measures._answers import Answer, read_answer
from infoplane.measures._audit import audit
from infoplane.measures._cmi import CMIReport, cmi_report
from infoplane.measures._collect import steps_needed
from infoplane.measures._measure import MEASURES, measure, measure_saved
from infoplane.measures._metrics import metric_rows
from infoplane.measures._numbers import Options
from infoplane.measures._plan import plan
from infoplane.measures._recovery._recoverability import recoverability
from infoplane.measures._saved import Saved

__all__ = [
    "MEASURES",
    "Answer",
    "CMIReport",
    "Options",
    "Saved",
    "audit",
    "cmi_report",
    "measure",
    "measure_saved",
    "metric_rows",
    "plan",
    "read_answer",
    "recoverability",
    "steps_needed",
]
