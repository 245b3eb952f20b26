"""A tiny decoder and the task it was trained beside, shipped so that everything can be tried without a download."""

from pathlib import Path

from infoplane.embedded._appraisal import LABELS
from infoplane.embedded._lexicon import TOPICS
from infoplane.embedded._task import SPLITS, Example, examples

__all__ = ["LABELS", "SPLITS", "TOPICS", "Example", "examples", "model_path"]


def model_path() -> Path:
    """The folder of the embedded decoder: safetensors, configuration, tokenizer and model card."""
    return Path(__file__).parent / "model"
