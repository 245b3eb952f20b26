"""The name under which counting was first registered."""

from infoplane.estimators._discrete import discrete_information as plugin_information

__all__ = ["plugin_information"]
