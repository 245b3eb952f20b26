"""A tiny decoder, a tiny encoder and the task they were trained beside, so that all can be tried without a download."""

from pathlib import Path

from infoplane.embedded._appraisal import LABELS
from infoplane.embedded._lexicon import TOPICS
from infoplane.embedded._task import SPLITS, Example, examples

__all__ = ["LABELS", "MODELS", "SPLITS", "TOPICS", "Example", "examples", "model_path"]


# The folder of every model by the name that `load_model` knows it by.
MODELS: dict[str, str] = {"embedded": "model", "embedded-encoder": "encoder"}


def model_path(name: str = "embedded") -> Path:
    """The folder of an embedded model: safetensors, configuration, tokenizer and model card."""
    return Path(__file__).parent / MODELS[name]
