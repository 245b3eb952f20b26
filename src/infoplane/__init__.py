"""Measures, steers and trains language models with information theory."""

from infoplane._version import __version__

__all__ = ["__version__"]
