"""Sweeps: many trainings, on as many processes and machines as share a study, and what came of them."""

from infoplane.methods._sweep._sweep import sweep

__all__ = ["sweep"]
