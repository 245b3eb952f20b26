"""The models shipped inside the package, and where they lie."""

from pathlib import Path

# The folder of every model by the name that `load_model` knows it by.
MODELS: dict[str, str] = {"embedded": "model", "embedded-encoder": "encoder"}


def model_path(name: str = "embedded") -> Path:
    """The folder of an embedded model: safetensors, configuration, tokenizer and model card."""
    return Path(__file__).parent / MODELS[name]
