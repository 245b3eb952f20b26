"""A tiny decoder, a tiny encoder and the task they were trained beside, so that all can be tried without a download."""

from infoplane.embedded._appraisal import LABELS
from infoplane.embedded._lexicon import TOPICS
from infoplane.embedded._models import MODELS, model_path
from infoplane.embedded._task import SPLITS, Example, examples

__all__ = ["LABELS", "MODELS", "SPLITS", "TOPICS", "Example", "examples", "model_path"]
